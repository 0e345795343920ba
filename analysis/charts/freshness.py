"""What freshness costs: database calls against the share of stale answers, through times to live.

What is never stale, because nothing is written or because a write deletes, has a panel of its own beside it.
"""

import math
from collections.abc import Sequence
from itertools import product

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from analysis import format as fmt
from analysis.charts.freshness_frame import CELL
from analysis.charts.style import FONT_SIZE, Theme, new_figure, say_nothing_to_show, style_axes
from analysis.charts.write_rates import Look, looks_of
from analysis.freshness import Freshness
from analysis.freshness_plan import INVALIDATE, NONE

_PER_CENT = 100
_LEAST_PER_CENT = 0.001
_MOST_TICKS = 9


def freshness_figure(frame: pd.DataFrame, found: Freshness, theme: Theme) -> Figure:
    """Draw what no write makes stale on the left, and what its time to live alone keeps fresh on the right."""
    cells = frame[frame["kind"] == CELL]
    if cells["database_rps"].isna().all():
        return say_nothing_to_show(theme, "PostgreSQL's calls were not counted at any time to live")
    looks = looks_of(frame["write_rate_rps"].tolist(), theme)
    left_to_ttl = (frame["policy"] == NONE) & (frame["write_rate_rps"] > 0)
    apart = _apart(cells)
    figure = new_figure(theme, width=9.0, height=5.4)
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=(max(1.0, 0.9 * len(apart)), 4.0))
    for place, (policy, write_rate_rps) in enumerate(apart):
        of_it = (cells["policy"] == policy) & (cells["write_rate_rps"] == write_rate_rps)
        _draw_apart(left, cells[of_it], place, looks[write_rate_rps], theme)
    for rate_rps in sorted(frame.loc[left_to_ttl, "write_rate_rps"].unique().tolist()):
        _draw_line(right, frame[left_to_ttl & (frame["write_rate_rps"] == rate_rps)], looks[rate_rps], theme)
    _style(left, right, found, apart, theme)
    left.set_ylim(0, 1.1 * float(cells[["database_rps", "database_high_rps"]].max().max()))
    _stale_axis(right, frame[left_to_ttl])
    _legend(figure, right, theme)
    return figure


def _apart(cells: pd.DataFrame) -> list[tuple[str, float]]:
    """Return what stands on the left: no writes, then deletion at each rate of them."""
    rates = sorted(cells["write_rate_rps"].unique().tolist())
    held = set(zip(cells["policy"], cells["write_rate_rps"], strict=True))
    wanted = [(NONE, rate) for rate in rates if not rate] + list(product([INVALIDATE], rates))
    return [each for each in wanted if each in held]


def _draw_apart(axes: Axes, cells: pd.DataFrame, place: int, look: Look, theme: Theme) -> None:
    """Draw a column of marks, a time to live each, with a dash where the law has it."""
    axes.scatter(
        [place] * len(cells), cells["database_predicted_rps"], marker="_", s=260, color=look.colour, linewidths=1.6
    )
    _marks(
        axes, [float(place)] * len(cells), cells, look, theme, hollow=bool((cells["policy"] == INVALIDATE).all())
    )
    for _, cell in cells.iterrows():
        stale = cell["stale_ratio"]
        raced = f"\n{fmt.share(stale)} stale" if stale > 0 else ""
        _label(axes, (float(place), cell["database_rps"]), f"{fmt.span(cell['ttl_s'])}{raced}", look, theme)


def _draw_line(axes: Axes, part: pd.DataFrame, look: Look, theme: Theme) -> None:
    """Draw the law through the times to live, and the cells as they were measured."""
    drawn = part[part["kind"] != CELL].sort_values("ttl_s")
    cells = part[part["kind"] == CELL]
    axes.plot(
        drawn["stale_ratio"] * _PER_CENT, drawn["database_rps"], color=look.colour, linewidth=1.6,
        label=f"{look.name}, {'predicted' if (drawn['kind'] == 'law').all() else 'replayed'}",
    )  # fmt: skip
    stale = cells["stale_ratio"] * _PER_CENT
    ends = [
        (stale - cells["stale_low_ratio"] * _PER_CENT).fillna(0),
        (cells["stale_high_ratio"] * _PER_CENT - stale).fillna(0),
    ]
    _marks(axes, stale.tolist(), cells, look, theme, ends=ends, label=f"{look.name}, measured")
    for _, cell in cells.iterrows():
        at = (cell["stale_ratio"] * _PER_CENT, cell["database_rps"])
        _label(axes, at, fmt.span(cell["ttl_s"]), look, theme)


def _marks(
    axes: Axes,
    x: Sequence[float],
    cells: pd.DataFrame,
    look: Look,
    theme: Theme,
    *,
    ends: Sequence["pd.Series[float]"] | None = None,
    label: str | None = None,
    hollow: bool = False,
) -> None:
    calls = cells["database_rps"]
    axes.errorbar(
        x,
        calls,
        xerr=ends,
        yerr=[
            (calls - cells["database_low_rps"]).fillna(0),
            (cells["database_high_rps"] - calls).fillna(0),
        ],
        color=look.colour,
        marker=look.marker,
        markersize=6,
        markerfacecolor=theme.background if hollow else look.colour,
        linestyle="none",
        capsize=3,
        elinewidth=1.0,
        label=label,
        zorder=3,
    )


def _label(axes: Axes, at: tuple[float, float], text: str, look: Look, theme: Theme) -> None:
    axes.annotate(
        text,
        xy=at,
        xytext=(9, 5),
        textcoords="offset points",
        va="center",
        color=look.colour,
        fontsize=FONT_SIZE - 1.5,
        path_effects=[withStroke(linewidth=3, foreground=theme.background)],
        annotation_clip=True,
        zorder=4,
    )


def _style(left: Axes, right: Axes, found: Freshness, apart: Sequence[tuple[str, float]], theme: Theme) -> None:
    title = f"{found.route}: what freshness costs"
    style_axes(
        left,
        theme,
        title=title,
        x="dash: predicted",
        y="database calls of the read a second",
    )
    style_axes(right, theme, title="", x="stale answers (% of all), entries left to their time to live", y="")
    names = ["no writes" if policy == NONE else f"deleted,\n{rate_rps:.3g}/s" for policy, rate_rps in apart]
    left.set_xticks(range(len(apart)), names)
    left.set_xlim(-0.5, len(apart) - 0.1)
    left.grid(visible=False, axis="x")


def _stale_axis(axes: Axes, frame: pd.DataFrame) -> None:
    """Let the axis be logarithmic down to the least share that is drawn, and even from there to 0."""
    shares = frame["stale_ratio"].dropna() * _PER_CENT
    least = max(_LEAST_PER_CENT, float(shares[shares > 0].min())) if (shares > 0).any() else 1.0
    most = max(float(shares.max()) if len(shares) else 1.0, 2 * least)
    linear_up_to = 10.0 ** math.floor(math.log10(least))
    axes.set_xscale("symlog", linthresh=linear_up_to, linscale=0.4)
    axes.set_xlim(0 if (shares == 0).any() else -0.02 * linear_up_to, 1.5 * most)
    decades = range(math.floor(math.log10(linear_up_to)), math.ceil(math.log10(1.5 * most)) + 1)
    for steps in ((1, 2, 5), (1,)):
        ticks = [step * 10.0**decade for decade in decades for step in steps]
        ticks = [0.0, *(tick for tick in ticks if linear_up_to <= tick <= 1.5 * most)]
        if len(ticks) <= _MOST_TICKS:
            break
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.10g}"))


def _legend(figure: Figure, axes: Axes, theme: Theme) -> None:
    handles, names = axes.get_legend_handles_labels()
    if handles:
        figure.legend(
            handles, names, loc="outside lower center", ncols=min(4, len(names)), labelcolor=theme.ink,
            fontsize=FONT_SIZE - 1, frameon=False,
        )  # fmt: skip
