"""Latency against offered rate, both arms, with the objective and the rate up to which each keeps it."""

import math
from collections.abc import Iterator

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from analysis import format as fmt
from analysis.blocks import ARMS
from analysis.capacity import ArmCapacity, Capacity
from analysis.charts.style import (
    FONT_SIZE,
    NAMES,
    Theme,
    log_ticks,
    new_figure,
    say_nothing_to_show,
    style_axes,
    style_legend,
)
from analysis.estimates import Estimate

STATISTIC, MEDIAN, CAPACITY, AT_LEAST, BELOW, CLOSED_LOOP, OBJECTIVE = (
    "statistic",
    "p50",
    "capacity",
    "at least",
    "below",
    "closed loop",
    "objective",
)

_RATE = ["rate_rps", "rate_low_rps", "rate_high_rps"]
_LATENCY = ["latency_s", "latency_low_s", "latency_high_s"]
_MARKERS = {ARMS[0]: "o", ARMS[1]: "s"}
_TEXT = {CAPACITY: "{}", AT_LEAST: "at least {}", BELOW: "below {}"}

Row = tuple[object, ...]


def capacity_frame(found: Capacity) -> pd.DataFrame:
    """Return what the chart of one read shows.

    Returns:
        Columns kind, arm (empty for the objective), rate_rps and latency_s, each with _low and _high, which equal
        the value where no interval is known. Kinds: statistic (the objective's) and p50, one a rate that has it;
        capacity, or the bound (at least, below) where there is no estimate; closed loop; objective.
    """
    rows: list[Row] = [(OBJECTIVE, "", *[math.nan] * 3, *[found.objective.limit_s] * 3)]
    for arm, held in found.arms.items():
        rows += _curves(arm, held)
        rows += _verticals(arm, held)
    return pd.DataFrame(rows, columns=["kind", "arm", *_RATE, *_LATENCY])


def capacity_figure(frame: pd.DataFrame, found: Capacity, theme: Theme) -> Figure:
    """Draw the curves, the objective as a line across and the capacities as lines down."""
    if not frame["kind"].eq(STATISTIC).any():
        return say_nothing_to_show(theme, f"no rate has a {found.objective.statistic}")
    figure = new_figure(theme, height=5.0)
    axes = figure.add_subplot()
    axes.set_xscale("log")
    axes.set_yscale("log")
    _set_limits(axes, frame)
    statistic = fmt.statistic(found.objective.statistic)
    for arm in found.arms:
        _draw_arm(axes, frame[frame["arm"] == arm], arm, statistic, theme)
    _draw_capacities(axes, frame[frame["kind"].isin(_TEXT)].sort_values("rate_rps"), theme)
    _draw_objective(axes, found, theme)
    style_axes(
        axes,
        theme,
        title=f"{found.route}: {statistic} against load (95 % intervals)",
        x="rate offered (requests a second); triangles: carried in a closed loop",
        y="response time (ms)",
    )
    log_ticks(axes, "x")
    log_ticks(axes, "y")
    style_legend(figure, axes, theme)
    return figure


def _curves(arm: str, held: ArmCapacity) -> Iterator[Row]:
    for rate in held.rates:
        for kind, latency in ((STATISTIC, rate.statistic), (MEDIAN, rate.p50)):
            if latency.value is not None:
                yield (kind, arm, *[rate.rate_rps] * 3, *_with_ends(latency))


def _verticals(arm: str, held: ArmCapacity) -> Iterator[Row]:
    none = [math.nan] * 3
    found = held.capacity
    if found.estimate.value is not None:
        yield (CAPACITY, arm, *_with_ends(found.estimate), *none)
    for kind, bound_rps in ((AT_LEAST, found.at_least), (BELOW, found.below), (CLOSED_LOOP, held.closed_loop_rps)):
        if bound_rps is not None:
            yield (kind, arm, *[bound_rps] * 3, *none)


def _with_ends(estimate: Estimate) -> tuple[float | None, ...]:
    return (estimate.value, *(estimate.bounds or (estimate.value, estimate.value)))


def _set_limits(axes: Axes, frame: pd.DataFrame) -> None:
    """Show every value; where few blocks make an interval huge, let it run out of the picture."""
    rates, latencies = frame["rate_rps"].dropna(), frame["latency_s"].dropna() * 1e3
    axes.set_xlim(rates.min() / 1.25, rates.max() * 1.25)
    axes.set_ylim(latencies.min() / 1.6, latencies.max() * 2.2)


def _draw_arm(axes: Axes, part: pd.DataFrame, arm: str, statistic: str, theme: Theme) -> None:
    colour = theme.colours[arm]
    curve, median = (part[part["kind"] == kind] for kind in (STATISTIC, MEDIAN))
    values_ms = curve["latency_s"] * 1e3
    axes.errorbar(
        curve["rate_rps"],
        values_ms,
        yerr=[values_ms - curve["latency_low_s"] * 1e3, curve["latency_high_s"] * 1e3 - values_ms],
        fmt=f"{_MARKERS[arm]}-",
        color=colour,
        markersize=5,
        capsize=3,
        linewidth=2.0,
        elinewidth=1.0,
        label=f"{statistic} {NAMES[arm]}",
        zorder=3,
    )
    if statistic != MEDIAN:
        # Like the other curve a container, so that the legend keeps their order.
        axes.errorbar(
            median["rate_rps"],
            median["latency_s"] * 1e3,
            color=colour,
            linestyle=(0, (4, 1.5)),
            linewidth=1.2,
            label=f"p50 {NAMES[arm]}",
            zorder=2,
        )
    for rate_rps in part.loc[part["kind"] == CLOSED_LOOP, "rate_rps"]:
        axes.plot(
            [rate_rps],
            [0.0],
            marker="^",
            markersize=7,
            color=colour,
            alpha=0.55,
            linestyle="none",
            transform=axes.get_xaxis_transform(),
            clip_on=False,
            zorder=4,
        )


def _draw_capacities(axes: Axes, rows: pd.DataFrame, theme: Theme) -> None:
    """Draw each with its figure on the outer side, where that of the other cannot be."""
    for place, (_, row) in enumerate(rows.iterrows()):
        _draw_capacity(axes, row, theme, right=place > 0)


def _draw_capacity(axes: Axes, row: "pd.Series", theme: Theme, *, right: bool) -> None:
    """Draw the rate with its interval as a band."""
    rate_rps, kind, colour = float(row["rate_rps"]), str(row["kind"]), theme.colours[str(row["arm"])]
    axes.axvspan(float(row["rate_low_rps"]), float(row["rate_high_rps"]), color=colour, alpha=0.14, zorder=0)
    axes.axvline(
        rate_rps, color=colour, linewidth=1.4, linestyle="-" if kind == CAPACITY else (0, (2, 2)), zorder=1
    )
    axes.annotate(
        _TEXT[kind].format(fmt.per_second(rate_rps)),
        xy=(rate_rps, 1.0),
        xycoords=("data", "axes fraction"),
        xytext=(5 if right else -5, -4),
        textcoords="offset points",
        ha="left" if right else "right",
        va="top",
        rotation=90,
        color=colour,
        fontsize=FONT_SIZE,
        fontweight="bold",
        path_effects=[withStroke(linewidth=3, foreground=theme.background)],
    )


def _draw_objective(axes: Axes, found: Capacity, theme: Theme) -> None:
    axes.axhline(found.objective.limit_s * 1e3, color=theme.ink, linewidth=1.4, zorder=1)
    axes.annotate(
        found.objective.text,
        xy=(0.0, found.objective.limit_s * 1e3),
        xycoords=("axes fraction", "data"),
        xytext=(5, 4),
        textcoords="offset points",
        ha="left",
        va="bottom",
        color=theme.ink,
        fontsize=FONT_SIZE,
        path_effects=[withStroke(linewidth=3, foreground=theme.background)],
    )
