"""Where the time of one read goes: a bar for hits, misses and uncached answers, cut into its parts."""

from collections.abc import Callable, Iterator, Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from analysis import format as fmt
from analysis.charts.style import (
    DOTS_PER_INCH,
    FONT_SIZE,
    LIGHT,
    NAMES,
    Theme,
    new_figure,
    say_nothing_to_show,
    style_axes,
)
from analysis.parts import PART_NAMES, Part
from analysis.waterfall import WATERFALLS, Waterfall

ALL, SLOWEST = "all", "slowest"

Bar = tuple[str, str]
"""A population, and whether all of it or its slowest 1 %."""

# What passes outside of the service is grey, what it does has the colours of Okabe and Ito (2008): they, and the
# greys, stay apart with every common colour-blindness. Hatched is what could not be told apart.
_LIGHT_COLOURS = {
    Part.LAG: "#4a525c",
    Part.CONNECT: "#b5478b",
    Part.QUEUE: "#8b949e",
    Part.NETWORK: "#aab2bb",
    Part.REDIS: "#d55e00",
    Part.POSTGRESQL: "#0072b2",
    Part.RENDER: "#f0e442",
    Part.REST: "#009e73",
    Part.UNTOLD: "#d3d8de",
    Part.BACK: "#c3cad1",
}
_DARK_COLOURS = {
    Part.LAG: "#dfe4ea",
    Part.CONNECT: "#e68fc3",
    Part.QUEUE: "#98a2ad",
    Part.NETWORK: "#7d8792",
    Part.REDIS: "#ff9447",
    Part.POSTGRESQL: "#5bb4ea",
    Part.RENDER: "#f4ec7a",
    Part.REST: "#35c99c",
    Part.UNTOLD: "#4b545e",
    Part.BACK: "#66707b",
}
_HATCHED = (Part.NETWORK, Part.UNTOLD)

_BAR_INCHES = 0.42
_CHARACTER_INCHES = 0.085  # of a label's font
_VISIBLE_RATIO = 0.002  # a part of less than this in every bar is not to be seen, and not in the legend
_INK, _PAPER = "#1b1f24", "#ffffff"


def waterfall_frame(waterfall: Waterfall) -> pd.DataFrame:
    """Return one row a part, in the order of time.

    Columns population, of (all, or slowest for the slowest 1 %), part, value_s, share_ratio (of the whole, 0 to
    1). What is unknown has no row.
    """
    return pd.DataFrame(_rows(waterfall), columns=["population", "of", "part", "value_s", "share_ratio"])


def _rows(waterfall: Waterfall) -> Iterator[tuple[str, str, str, float, float]]:
    for population in WATERFALLS:
        for of, breakdowns in ((ALL, waterfall.everyone), (SLOWEST, waterfall.slowest)):
            found = breakdowns.get(population)
            if found is None or not found.response.value:
                continue
            for part, estimate in found.parts.items():
                if estimate.value is not None:
                    share = estimate.value / found.response.value
                    yield population, of, part.value, estimate.value, share


def waterfall_figure(frame: pd.DataFrame, route: str, theme: Theme) -> Figure:
    """Draw the means in ms; below them the same, and those of the slowest 1 %, as shares."""
    if frame.empty:
        return say_nothing_to_show(theme, "no population was answered in enough blocks")
    bars = list(frame[["population", "of"]].drop_duplicates().itertuples(index=False, name=None))
    means = [bar for bar in bars if bar[1] == ALL]
    times, shares = frame.assign(shown=frame["value_s"] * 1e3), frame.assign(shown=frame["share_ratio"] * 100)
    figure = new_figure(theme, height=2.9 + _BAR_INCHES * (len(means) + len(bars)))
    upper, lower = figure.subplots(2, 1, height_ratios=[len(means) + 0.5, len(bars) + 0.5])
    _draw_panel(upper, times, means, theme)
    style_axes(upper, theme, title=f"{route}: where the time goes", x="mean response time (ms)", y="")
    upper.set_xlim(0, 1.15 * max(_total(times, bar) for bar in means))
    _draw_panel(lower, shares, bars, theme)
    title = "The same as shares, with the slowest 1 % of each"
    style_axes(lower, theme, title=title, x="share of the response time (%)", y="")
    lower.set_xlim(0, 100)
    for axes in (upper, lower):
        axes.grid(visible=False, axis="y")
    _add_legend(figure, frame, theme)
    figure.draw_without_rendering()  # only now is it known how wide a bar is
    _write_values(upper, times, means, theme, write=fmt.number)
    _write_values(lower, shares, bars, theme, write="{:.0f}".format)
    _write_totals(upper, times, means, theme)
    return figure


def _of(frame: pd.DataFrame, bar: Bar) -> pd.DataFrame:
    return frame[(frame["population"] == bar[0]) & (frame["of"] == bar[1])]


def _total(frame: pd.DataFrame, bar: Bar) -> float:
    return float(_of(frame, bar)["shown"].sum())


def _draw_panel(axes: Axes, frame: pd.DataFrame, bars: list[Bar], theme: Theme) -> None:
    for row, bar in enumerate(bars):
        left = 0.0
        for part, width in _segments(frame, bar):
            axes.barh(
                row,
                width,
                left=left,
                height=0.72 if bar[1] == ALL else 0.5,
                color=_colours(theme)[part],
                edgecolor=theme.background,
                linewidth=0.6,
                hatch="////" if part in _HATCHED else None,
                zorder=2,
            )
            left += width
    axes.set_yticks(range(len(bars)), [_name(bar) for bar in bars])
    axes.set_ylim(len(bars) - 0.45, -0.55)


def _segments(frame: pd.DataFrame, bar: Bar) -> Iterator[tuple[Part, float]]:
    for part, width in _of(frame, bar)[["part", "shown"]].itertuples(index=False, name=None):
        yield Part(part), float(width)


def _name(bar: Bar) -> str:
    return NAMES[bar[0]] if bar[1] == ALL else "slowest 1 %"


def _write_values(
    axes: Axes, frame: pd.DataFrame, bars: list[Bar], theme: Theme, *, write: Callable[[float], str]
) -> None:
    """Write each part's value into it where it is wide enough."""
    (left_pixel, _), (right_pixel, _) = axes.transData.transform([(0, 0), (1, 0)])
    inches_per_unit = (right_pixel - left_pixel) / DOTS_PER_INCH
    for row, bar in enumerate(bars):
        left = 0.0
        for part, width in _segments(frame, bar):
            text, ground = write(width), _colours(theme)[part]
            if width * inches_per_unit > _CHARACTER_INCHES * (len(text) + 1):
                axes.text(
                    left + width / 2,
                    row,
                    text,
                    color=_readable_on(ground),
                    fontsize=FONT_SIZE - 2,
                    ha="center",
                    va="center",
                    bbox={"facecolor": ground, "edgecolor": "none", "pad": 1.5} if part in _HATCHED else None,
                )
            left += width


def _write_totals(axes: Axes, frame: pd.DataFrame, bars: list[Bar], theme: Theme) -> None:
    for row, bar in enumerate(bars):
        total = _total(frame, bar)
        text = f"  {fmt.number(total)} ms"
        axes.text(total, row, text, color=theme.ink, fontsize=FONT_SIZE, fontweight="bold", va="center")


def _add_legend(figure: Figure, frame: pd.DataFrame, theme: Theme) -> None:
    visible = set(frame.loc[frame["share_ratio"] >= _VISIBLE_RATIO, "part"])
    handles = [
        Patch(
            facecolor=_colours(theme)[part],
            edgecolor=theme.background,
            hatch="////" if part in _HATCHED else None,
            label=PART_NAMES[part],
        )
        for part in Part
        if part.value in visible
    ]
    figure.legend(
        handles=handles,
        loc="outside lower center",
        ncols=2,
        labelcolor=theme.ink,
        fontsize=FONT_SIZE - 1,
        frameon=False,
    )


def _colours(theme: Theme) -> Mapping[Part, str]:
    return _LIGHT_COLOURS if theme is LIGHT else _DARK_COLOURS


def _readable_on(colour: str) -> str:
    """Return dark or light ink, by the relative luminance of the ground (WCAG 2.2)."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(colour)
    )
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return _INK if (luminance + 0.05) ** 2 > 0.05 * 1.05 else _PAPER
