"""The distribution of response times of one read: hits, misses and uncached answers on one log axis."""

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.blocks import CACHED, HIT, MISS, QUANTILES, UNCACHED
from analysis.charts.percentiles import curve_points, percentile_ticks, stretch
from analysis.charts.style import (
    NAMES,
    Theme,
    log_ticks,
    new_figure,
    say_nothing_to_show,
    style_axes,
    style_legend,
)
from analysis.intervals import Values
from analysis.reads import ReadResult

ORDER = (CACHED, HIT, MISS, UNCACHED)

_LINES = {HIT: "-", MISS: (0, (5, 1.5)), UNCACHED: "-", CACHED: (0, (1, 1))}


def latency_frame(samples: pd.DataFrame, result: ReadResult) -> pd.DataFrame:
    """Return the curves and the marks of one read.

    Args:
        samples: Measured samples of the read, columns as in :func:`analysis.samples.read_samples`.
        result: Its estimates, which the marks show with their intervals.

    Returns:
        Columns population, kind (curve or mark), share_ratio (0 to 1), value_s, low_s and high_s (NaN for
        curves). A curve ends at the highest quantile that its samples can bound, or where failures begin.
    """
    columns = ["population", "kind", "share_ratio", "value_s", "low_s", "high_s"]
    rows = []
    for population in ORDER:
        rows += _curve(population, _of_population(samples, population))
        rows += _marks(population, result)
    return pd.DataFrame(rows, columns=columns)


def latency_figure(frame: pd.DataFrame, route: str, theme: Theme) -> Figure:
    """Draw response time against percentile, both ends of the scale readable."""
    if frame.empty:
        return say_nothing_to_show(theme, "no answers to show")
    figure = new_figure(theme, height=4.8)
    axes = figure.add_subplot()
    axes.set_yscale("log")
    for position, population in enumerate(ORDER):
        part = frame[frame["population"] == population]
        if len(part):
            _draw(axes, part, population, theme, dodge=0.012 * (position - 1.5))
    style_axes(axes, theme, title=f"{route}: response times", x="percentile of answers", y="response time (ms)")
    percentile_ticks(axes, float(frame["share_ratio"].max()))
    log_ticks(axes, "y")
    style_legend(figure, axes, theme)
    return figure


def _of_population(samples: pd.DataFrame, population: str) -> Values:
    if population in (HIT, MISS):
        chosen = samples[(samples["arm"] == CACHED) & (samples["outcome"] == population)]
    else:
        chosen = samples[samples["arm"] == population]
    seconds: Values = np.sort(chosen["response_s"].to_numpy())
    return seconds


def _curve(population: str, ordered: Values) -> list[tuple[object, ...]]:
    return [
        (population, "curve", share, value, math.nan, math.nan)
        for share, value in zip(*curve_points(ordered), strict=True)
        if math.isfinite(value)
    ]


def _marks(population: str, result: ReadResult) -> list[tuple[object, ...]]:
    found = {name: result.response_time[population][name] for name in QUANTILES}
    return [
        (population, "mark", QUANTILES[name], each.value, *(each.bounds or (each.value, each.value)))
        for name, each in found.items()
        if each.value is not None
    ]


def _draw(axes: Axes, part: pd.DataFrame, population: str, theme: Theme, dodge: float) -> None:
    colour, thin = theme.colours[population], population == CACHED
    curve, marks = part[part["kind"] == "curve"], part[part["kind"] == "mark"]
    axes.plot(
        [stretch(share) for share in curve["share_ratio"]],
        curve["value_s"] * 1e3,
        color=colour,
        linestyle=_LINES[population],
        linewidth=1.4 if thin else 2.0,
        label=NAMES[population] + (" (hits and misses)" if thin else ""),
    )
    if thin:
        return
    values_ms = marks["value_s"] * 1e3
    axes.errorbar(
        [stretch(share) + dodge for share in marks["share_ratio"]],
        values_ms,
        yerr=[values_ms - marks["low_s"] * 1e3, marks["high_s"] * 1e3 - values_ms],
        fmt="o",
        color=colour,
        markersize=5,
        markeredgecolor=theme.background,
        capsize=3,
        linewidth=1.3,
    )
