"""Hit ratio against time to live: the law, what was measured, and what is left between them."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.charts.freshness_frame import CELL
from analysis.charts.residuals import Residuals, draw_residuals
from analysis.charts.style import FONT_SIZE, Theme, log_ticks, new_figure, say_nothing_to_show, style_axes
from analysis.charts.write_rates import Look, looks_of
from analysis.freshness import Freshness
from analysis.freshness_plan import INVALIDATE

_PER_CENT = 100
_DODGE = 1.02
"""By what factor neighbours of one time to live stand apart, so that none hides another."""

Series = tuple[str, Look, pd.DataFrame]


def time_to_live_figure(frame: pd.DataFrame, found: Freshness, theme: Theme) -> Figure:
    """Draw hit ratios above and residuals below."""
    cells = frame[frame["kind"] == CELL]
    if cells["hit_ratio"].isna().all():
        return say_nothing_to_show(theme, "no time to live was measured")
    looks = looks_of(frame["write_rate_rps"].tolist(), theme)
    series = [
        (policy, looks[rate_rps], frame[(frame["policy"] == policy) & (frame["write_rate_rps"] == rate_rps)])
        for policy, rate_rps in dict.fromkeys(zip(cells["policy"], cells["write_rate_rps"], strict=True))
    ]
    figure = new_figure(theme, width=8.0, height=6.2)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    above.set_xscale("log")
    _draw_ratios(above, series, found, theme)
    draw_residuals(below, _residuals(series), theme, x="time to live (s)")
    below.set_xlim(cells["ttl_s"].min() / 1.3, cells["ttl_s"].max() * 1.3)
    log_ticks(below, "x")
    handles, names = above.get_legend_handles_labels()
    figure.legend(
        handles, names, loc="outside lower center", ncols=3, labelcolor=theme.ink, fontsize=FONT_SIZE - 1,
        frameon=False,
    )  # fmt: skip
    return figure


def _draw_ratios(axes: Axes, series: list[Series], found: Freshness, theme: Theme) -> None:
    for place, (policy, look, part) in enumerate(series):
        deleted = policy == INVALIDATE
        name = f"{look.name}{', deleted' if deleted else ''}"
        law, cells = part[part["kind"] != CELL].sort_values("ttl_s"), part[part["kind"] == CELL]
        axes.plot(
            law["ttl_s"], law["hit_ratio"] * _PER_CENT, color=look.colour, linewidth=1.4,
            linestyle=(0, (4, 2)) if deleted else "-",
        )  # fmt: skip
        hits = cells["hit_ratio"] * _PER_CENT
        axes.errorbar(
            cells["ttl_s"] * _dodge(place, len(series)),
            hits,
            yerr=[
                (hits - cells["hit_low_ratio"] * _PER_CENT).fillna(0),
                (cells["hit_high_ratio"] * _PER_CENT - hits).fillna(0),
            ],
            color=look.colour,
            marker=look.marker,
            markersize=5,
            markerfacecolor=theme.background if deleted else look.colour,
            linestyle="none",
            capsize=3,
            label=name,
        )
    title = f"{found.route}: hit ratio by time to live (marks measured, lines {_drawn(series)})"
    style_axes(axes, theme, title=title, x="", y="hit ratio (%)")
    axes.set_ylim(max(0.0, axes.get_ylim()[0]), min(102.0, axes.get_ylim()[1]))


def _drawn(series: list[Series]) -> str:
    return "predicted" if any((part["kind"] == "law").any() for _, _, part in series) else "replayed"


def _residuals(series: list[Series]) -> list[Residuals]:
    measured = [(policy, look, part[part["kind"] == CELL]) for policy, look, part in series]
    return [
        Residuals(
            x=cells["ttl_s"] * _dodge(place, len(series)),
            residual_ratio=cells["hit_residual_ratio"],
            colour=look.colour,
            marker=look.marker,
            filled=policy != INVALIDATE,
        )
        for place, (policy, look, cells) in enumerate(measured)
    ]


def _dodge(place: int, of: int) -> float:
    return float(_DODGE ** (place - (of - 1) / 2))
