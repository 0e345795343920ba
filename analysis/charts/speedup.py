"""The headline: how many times as fast the cache makes a read, against what the read costs without it."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from analysis import format as fmt
from analysis.blocks import CACHED
from analysis.charts.labels import spread
from analysis.charts.style import FONT_SIZE, Theme, log_ticks, new_figure, say_nothing_to_show, style_axes
from analysis.reads import ReadResult
from analysis.thresholds import WORTHWHILE_RATIO

_LABEL_GAP_POINTS = 30.0


def speedup_frame(results: Sequence[ReadResult]) -> pd.DataFrame:
    """Return one row a read: route, price_s and speed_up, each with _low and _high, and the label to write.

    A read whose price or speed-up is unknown has no row. An end that is unknown equals the value.
    """
    rows = []
    for result in results:
        price, speed_up = result.price_s, result.speed_up.mean
        if price.value is None or speed_up.value is None:
            continue
        price_low, price_high = price.bounds or (price.value, price.value)
        low, high = speed_up.bounds or (speed_up.value, speed_up.value)
        label = f"{result.route}\n{fmt.times_estimate(speed_up)}"
        rows.append((result.route, price.value, price_low, price_high, speed_up.value, low, high, label))
    ends = ["price_s", "price_s_low", "price_s_high", "speed_up", "speed_up_low", "speed_up_high"]
    return pd.DataFrame(rows, columns=["route", *ends, "label"])


def speedup_figure(frame: pd.DataFrame, theme: Theme) -> Figure:
    """Draw speed-up against price, with the line below which a cache slows the read and the one that pays."""
    if frame.empty:
        return say_nothing_to_show(theme, "no read of this run has both a speed-up and a price")
    figure = new_figure(theme, height=4.8)
    axes = figure.add_subplot()
    axes.set_xscale("log")
    axes.set_yscale("log")
    _set_limits(axes, frame)
    _draw_lines(axes, theme)
    prices_ms = frame["price_s"] * 1e3
    axes.errorbar(
        prices_ms,
        frame["speed_up"],
        xerr=[prices_ms - frame["price_s_low"] * 1e3, frame["price_s_high"] * 1e3 - prices_ms],
        yerr=[frame["speed_up"] - frame["speed_up_low"], frame["speed_up_high"] - frame["speed_up"]],
        fmt="o",
        color=theme.colours[CACHED],
        markersize=8,
        capsize=4,
        linewidth=1.8,
        zorder=3,
    )
    style_axes(
        axes,
        theme,
        title="What the cache buys, by what the read costs (mean response time, 95 % intervals)",
        x="PostgreSQL's time for one read without the cache (ms)",
        y=f"times as fast with the cache ({fmt.TIMES})",
    )
    log_ticks(axes, "x")
    log_ticks(axes, "y")
    _write_labels(figure, axes, frame, theme)
    return figure


def _set_limits(axes: Axes, frame: pd.DataFrame) -> None:
    """Leave room for labels left and right, and keep the line at 1 in sight."""
    axes.set_xlim(frame["price_s_low"].min() * 1e3 / 3, frame["price_s_high"].max() * 1e3 * 3)
    low, high = frame["speed_up_low"].min(), frame["speed_up_high"].max()
    axes.set_ylim(min(0.8, low / 1.15), max(1.6, high * 1.3))


def _draw_lines(axes: Axes, theme: Theme) -> None:
    axes.axhspan(axes.get_ylim()[0], 1.0, color=theme.shade, zorder=0)
    for level, style in ((1.0, "-"), (WORTHWHILE_RATIO, (0, (4, 3)))):
        axes.axhline(level, color=theme.muted, linestyle=style, linewidth=1.2, zorder=1)
    pays = f"pays above {fmt.ratio(WORTHWHILE_RATIO)}{fmt.TIMES}"
    texts = ((WORTHWHILE_RATIO, pays, "bottom", 3), (1.0, "slower with the cache", "top", -4))
    for level, text, side, offset in texts:
        axes.annotate(
            text,
            xy=(1.0, level),
            xycoords=("axes fraction", "data"),
            xytext=(-4, offset),
            textcoords="offset points",
            ha="right",
            va=side,
            color=theme.muted,
            fontsize=FONT_SIZE - 1.5,
        )


def _write_labels(figure: Figure, axes: Axes, frame: pd.DataFrame, theme: Theme) -> None:
    """Put each label beside its point and interval, towards the middle, and move neighbours apart."""
    points_per_pixel = 72 / figure.dpi
    places = axes.transData.transform(list(zip(frame["price_s"] * 1e3, frame["speed_up"], strict=True)))
    heights = [float(y) * points_per_pixel for _, y in places]
    moved = spread(heights, _LABEL_GAP_POINTS)
    halo = withStroke(linewidth=3, foreground=theme.background)
    for (_, row), place, height, target in zip(frame.iterrows(), places, heights, moved, strict=True):
        right = axes.transAxes.inverted().transform(place)[0] > 0.55
        axes.annotate(
            row["label"],
            xy=(row["price_s_low" if right else "price_s_high"] * 1e3, row["speed_up"]),
            xytext=(-10 if right else 10, target - height),
            textcoords="offset points",
            ha="right" if right else "left",
            va="center",
            color=theme.ink,
            fontsize=FONT_SIZE,
            path_effects=[halo],
        )
