"""Hit ratio against the cache's size: predicted, measured and by the textbook, and what is left between them."""

import math
from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis import format as fmt
from analysis.blocks import CACHED, HIT, MISS, UNCACHED
from analysis.charts.residuals import Residuals, draw_residuals
from analysis.charts.style import FONT_SIZE, Theme, log_ticks, new_figure, say_nothing_to_show, style_axes
from analysis.sizing import Sizing

COLUMNS = (
    "policy", "rate", "rate_rps", "size_ratio", "entries_held", "measured_ratio", "measured_low_ratio",
    "measured_high_ratio", "predicted_ratio", "textbook_ratio", "residual_ratio",
)  # fmt: skip
_COLOURS = {"allkeys-lru": CACHED, "allkeys-lfu": HIT, "allkeys-random": UNCACHED, "volatile-ttl": MISS}
_MARKERS = {"allkeys-lru": "o", "allkeys-lfu": "s", "allkeys-random": "^", "volatile-ttl": "D", "noeviction": "v"}
_PER_CENT = 100
_FLAT_OUT = "flat out"


def sizing_frame(found: Sizing) -> pd.DataFrame:
    """Return what the chart shows, a row a point.

    Returns:
        Columns as in COLUMNS; ``rate`` names the panel (the offered rate, or flat out), ``rate_rps`` is what was
        sent; sizes as shares of the working set; ends of intervals are NaN where there are none.
    """
    rows = [
        (
            point.policy,
            _FLAT_OUT if point.offered_rate_rps is None else fmt.per_second(point.offered_rate_rps),
            point.rate_rps,
            point.size_ratio,
            point.entries_held,
            point.measured.value,
            point.measured.low,
            point.measured.high,
            point.forecast.predicted,
            point.forecast.textbook,
            point.residual,
        )
        for point in found.points
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(dict.fromkeys(COLUMNS[2:], float))


def sizing_figure(frame: pd.DataFrame, found: Sizing, theme: Theme) -> Figure:
    """Draw a panel for each rate, hit ratios above and residuals below."""
    if frame["measured_ratio"].isna().all():
        return say_nothing_to_show(theme, "no size of the cache was measured")
    rates = list(dict.fromkeys(frame["rate"]))
    figure = new_figure(theme, width=4.0 + 4.0 * len(rates), height=6.2)
    panels = figure.subplots(2, len(rates), squeeze=False, sharex=True, sharey="row", height_ratios=(3, 1))
    for column, rate in enumerate(rates):
        part = frame[frame["rate"] == rate]
        _draw_ratios(panels[0, column], part, f"{found.route}, {rate}" if not column else rate, theme)
        _draw_residuals(panels[1, column], part, theme)
    for axes in panels[:, 1:].flat:
        axes.set_ylabel("")
    handles, names = panels[0, 0].get_legend_handles_labels()
    figure.legend(
        handles, names, loc="outside lower center", ncols=min(4, len(names)), labelcolor=theme.ink,
        fontsize=FONT_SIZE - 1, frameon=False,
    )  # fmt: skip
    return figure


def _draw_ratios(axes: Axes, frame: pd.DataFrame, title: str, theme: Theme) -> None:
    axes.set_xscale("log")
    textbook = frame.drop_duplicates("size_ratio").sort_values("size_ratio")
    axes.plot(
        textbook["size_ratio"] * _PER_CENT,
        textbook["textbook_ratio"] * _PER_CENT,
        color=theme.muted,
        linestyle=(0, (4, 3)),
        linewidth=1.4,
        label="textbook LRU",
    )
    for policy, part in _by_policy(frame):
        x, colour = part["size_ratio"] * _PER_CENT, _colour(policy, theme)
        axes.plot(
            x, part["predicted_ratio"] * _PER_CENT, color=colour, linewidth=1.4, label=f"{policy}, predicted"
        )
        below = (part["measured_ratio"] - part["measured_low_ratio"]).fillna(0)
        above = (part["measured_high_ratio"] - part["measured_ratio"]).fillna(0)
        axes.errorbar(
            x,
            part["measured_ratio"] * _PER_CENT,
            yerr=[below * _PER_CENT, above * _PER_CENT],
            color=colour,
            marker=_MARKERS.get(policy, "o"),
            markersize=5,
            linestyle="none",
            capsize=3,
            label=f"{policy}, measured",
        )
    style_axes(axes, theme, title=title, x="", y="hit ratio (%)")
    # From the ten below what is lowest: a difference of two points is to be seen. Panels share the axis.
    lowest = _PER_CENT * float(frame[["measured_ratio", "predicted_ratio", "textbook_ratio"]].min().min())
    axes.set_ylim(min(axes.get_ylim()[0], max(0.0, 10 * math.floor(lowest / 10))), 102)


def _draw_residuals(axes: Axes, frame: pd.DataFrame, theme: Theme) -> None:
    series = [
        Residuals(
            x=part["size_ratio"] * _PER_CENT,
            residual_ratio=part["residual_ratio"],
            colour=_colour(policy, theme),
            marker=_MARKERS.get(policy, "o"),
        )
        for policy, part in _by_policy(frame)
    ]
    draw_residuals(axes, series, theme, x="size (% of the working set)")
    log_ticks(axes, "x")


def _by_policy(frame: pd.DataFrame) -> Sequence[tuple[str, pd.DataFrame]]:
    policies = dict.fromkeys(frame["policy"])
    return [(policy, frame[frame["policy"] == policy].sort_values("size_ratio")) for policy in policies]


def _colour(policy: str, theme: Theme) -> str:
    return theme.colours[_COLOURS[policy]] if policy in _COLOURS else theme.ink
