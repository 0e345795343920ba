"""The hit ratio over time, from the first warm-up request to the last block, a panel for each read."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis import format as fmt
from analysis.blocks import CACHED, HIT, MISS
from analysis.charts.style import FONT_SIZE, Theme, new_figure, say_nothing_to_show, style_axes
from analysis.estimates import Estimate
from analysis.reads import ReadResult
from analysis.run import MEASURE, WARM_UP

_WINDOWS = 60
_FEWEST_ANSWERS = 50
_COLUMNS = ("leg", "phase", "at_s", "hit_ratio", "count")


def hit_ratio_frame(samples: pd.DataFrame, operation: str) -> pd.DataFrame:
    """Return the hit ratio of one read in windows of equal time, each within one leg.

    Args:
        samples: All samples of the run, columns as in :func:`analysis.samples.read_samples`.
        operation: The read.

    Returns:
        Columns leg, phase, at_s (middle of the window, from the first warm-up request), hit_ratio, count. Each
        leg is cut into windows of equal length, none so short that it would show chance alone.
    """
    looked_up = samples[
        (samples["operation"] == operation)
        & (samples["arm"] == CACHED)
        & samples["phase"].isin((WARM_UP, MEASURE))
        & samples["outcome"].isin((HIT, MISS))
    ]
    start_ns = looked_up["intended_ns"].min()
    parts = [
        _windows(leg, start_ns, len(looked_up) / _WINDOWS) for _, leg in looked_up.groupby("leg", observed=True)
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(_COLUMNS))


def all_hit_ratios(frames: Sequence[tuple[ReadResult, pd.DataFrame]]) -> pd.DataFrame:
    """Return the frames of all reads as one: the columns of :func:`hit_ratio_frame` after the read's route."""
    parts = [frame.assign(route=result.route) for result, frame in frames if len(frame)]
    columns = ["route", *_COLUMNS]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def hit_ratio_figure(frames: Sequence[tuple[ReadResult, pd.DataFrame]], theme: Theme) -> Figure:
    """Draw a panel for each read: windows, warm-up shaded, the estimate with its interval over the blocks."""
    shown = [(result, frame) for result, frame in frames if len(frame)]
    if not shown:
        return say_nothing_to_show(theme, "no answer of this run says hit or miss")
    figure = new_figure(theme, height=1.2 + 1.9 * len(shown))
    panels = figure.subplots(len(shown), 1, squeeze=False)
    for axes, (result, frame) in zip(panels[:, 0], shown, strict=True):
        _draw_panel(axes, result, frame, theme)
    panels[-1, 0].set_xlabel("time since the first warm-up request (s)", color=theme.ink, fontsize=FONT_SIZE)
    return figure


def _windows(leg: pd.DataFrame, start_ns: int, answers_a_window: float) -> pd.DataFrame:
    at_s = (leg["intended_ns"] - start_ns) / 1e9
    number = max(1, round(len(leg) / max(answers_a_window, _FEWEST_ANSWERS)))
    edges = np.linspace(at_s.min(), at_s.max(), number + 1)
    window = np.clip(np.searchsorted(edges, at_s, side="right") - 1, 0, number - 1)
    hits = (leg["outcome"] == HIT).to_numpy()
    count = np.bincount(window, minlength=number)
    shares = np.bincount(window, weights=hits, minlength=number) / np.maximum(count, 1)
    frame = pd.DataFrame(
        {
            "leg": int(leg["leg"].iloc[0]),
            "phase": str(leg["phase"].iloc[0]),
            "at_s": (edges[:-1] + edges[1:]) / 2,
            "hit_ratio": shares,
            "count": count,
        }
    )
    return frame[frame["count"] > 0]


def _draw_panel(axes: Axes, result: ReadResult, frame: pd.DataFrame, theme: Theme) -> None:
    colour = theme.colours[HIT]
    _shade_warm_up(axes, frame, theme)
    for _, leg in frame.groupby("leg"):
        axes.plot(leg["at_s"], leg["hit_ratio"] * 100, "-o", color=colour, markersize=3, linewidth=1.4)
    _draw_estimate(axes, result.hit_ratio, frame, theme)
    title = f"{result.route}: {fmt.share_estimate(result.hit_ratio)} over the blocks"
    style_axes(axes, theme, title=title, x="", y="hit ratio (%)")
    axes.set_ylim(0, 104)
    axes.set_yticks([0, 25, 50, 75, 100])
    axes.set_xlim(left=0)


def _shade_warm_up(axes: Axes, frame: pd.DataFrame, theme: Theme) -> None:
    warm_up, measured = (frame[frame["phase"] == phase] for phase in (WARM_UP, MEASURE))
    if warm_up.empty or measured.empty:
        return
    cut_s = (warm_up["at_s"].max() + measured["at_s"].min()) / 2
    axes.axvspan(0, cut_s, color=theme.shade, zorder=0)
    axes.axvline(cut_s, color=theme.muted, linewidth=1.2, linestyle=(0, (4, 3)))
    for text, side, offset in (("warm-up", "right", -5), ("measured", "left", 5)):
        axes.annotate(
            text,
            xy=(cut_s, 0),
            xytext=(offset, 5),
            textcoords="offset points",
            ha=side,
            va="bottom",
            color=theme.muted,
            fontsize=FONT_SIZE - 1.5,
        )


def _draw_estimate(axes: Axes, estimate: Estimate, frame: pd.DataFrame, theme: Theme) -> None:
    measured = frame[frame["phase"] == MEASURE]
    if estimate.value is None or measured.empty:
        return
    stretch = [measured["at_s"].min(), measured["at_s"].max()]
    axes.plot(stretch, [estimate.value * 100] * 2, color=theme.ink, linewidth=1.0)
    if estimate.bounds is not None:
        low, high = estimate.bounds
        axes.fill_between(stretch, low * 100, high * 100, color=theme.ink, alpha=0.15, linewidth=0)
