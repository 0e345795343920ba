"""The intervals of all A/A repetitions, one below the other, and the line at 1 that they are meant to hold."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from analysis import format as fmt
from analysis.aa import Aa
from analysis.blocks import CACHED, UNCACHED
from analysis.charts.style import (
    FONT_SIZE,
    Theme,
    new_figure,
    say_nothing_to_show,
    style_axes,
    style_legend,
)

_ROW_INCHES, _MOST_INCHES = 0.15, 12.0
_LOOKS = {True: (UNCACHED, "o", "holds 1"), False: (CACHED, "s", "does not")}


def aa_frame(aa: Aa) -> pd.DataFrame:
    """Return one row a statistic and repetition that has an interval: value, low, high, holds (bool)."""
    rows = [
        (name, each.repetition + 1, each.ratio.value, *each.ratio.bounds, each.holds_one)
        for name, statistic in aa.statistics.items()
        for each in statistic.repetitions
        if each.ratio.bounds is not None
    ]
    return pd.DataFrame(rows, columns=["statistic", "repetition", "value", "low", "high", "holds"])


def aa_figure(frame: pd.DataFrame, theme: Theme) -> Figure:
    """Draw a panel for each statistic, a row for each repetition; those that miss 1 stand out."""
    names = list(dict.fromkeys(frame["statistic"]))
    if not names:
        return say_nothing_to_show(theme, "no repetition has an interval")
    last = int(frame["repetition"].max())
    figure = new_figure(theme, height=min(_MOST_INCHES, 1.9 + _ROW_INCHES * last))
    panels = figure.subplots(1, len(names), sharex=True, sharey=True, squeeze=False)[0]
    for axes, name in zip(panels, names, strict=True):
        _draw_panel(axes, frame[frame["statistic"] == name], theme)
        axes.xaxis.set_major_locator(MaxNLocator(nbins=3))
        style_axes(axes, theme, title=_title(frame, name), x="one arm over the other", y="")
    panels[0].set_ylabel("repetition", color=theme.ink, fontsize=FONT_SIZE)
    panels[0].set_ylim(last + 0.8, 0.2)
    style_legend(figure, panels[0], theme)
    return figure


def _title(frame: pd.DataFrame, name: str) -> str:
    holds = frame.loc[frame["statistic"] == name, "holds"]
    return f"{fmt.statistic(name)}: {int(holds.sum())} of {len(holds)} hold 1"


def _draw_panel(axes: Axes, frame: pd.DataFrame, theme: Theme) -> None:
    axes.axvline(1.0, color=theme.ink, linewidth=1.2, zorder=1)
    for holds, (colour, marker, label) in _LOOKS.items():
        part = frame[frame["holds"] == holds]
        axes.errorbar(
            part["value"],
            part["repetition"],
            xerr=[part["value"] - part["low"], part["high"] - part["value"]],
            fmt=marker,
            color=theme.colours[colour],
            markersize=3.5 if holds else 4.5,
            linewidth=1.2 if holds else 2.2,
            label=f"the 95 % interval {label}",
            zorder=2 if holds else 3,
        )
