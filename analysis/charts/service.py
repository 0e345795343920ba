"""Response time and service time of one read as two lines: what lies between them is the wait before sending."""

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis import thresholds
from analysis.blocks import ARMS, QUANTILES
from analysis.charts.percentiles import curve_points, percentile_ticks, stretch
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
from analysis.reads import ReadResult

RESPONSE, SERVICE = "response", "service"

_LINES = {RESPONSE: "-", SERVICE: (0, (4, 1.5))}
_LABELS = {
    RESPONSE: "response time: from when it was due",
    SERVICE: "service time: from when it was sent",
}


def times_differ(result: ReadResult) -> bool:
    """Say whether the two times differ enough, at any quantile of either arm, for a chart to show it."""
    pairs = [
        (result.response_time[arm][name].value, result.service_time[arm][name].value)
        for arm in ARMS
        for name in QUANTILES
    ]
    return any(_differ(response_s, service_s) for response_s, service_s in pairs)


def service_frame(samples: pd.DataFrame) -> pd.DataFrame:
    """Return the curves of one read.

    Args:
        samples: Its measured samples, columns as in :func:`analysis.samples.read_samples`.

    Returns:
        Columns arm, time (response or service), share_ratio (0 to 1), value_s. A curve ends at the highest
        quantile that its samples can bound, or where failures begin.
    """
    rows = [
        (arm, time, share, value)
        for arm in ARMS
        for time in (RESPONSE, SERVICE)
        for share, value in zip(
            *curve_points(np.sort(samples.loc[samples["arm"] == arm, f"{time}_s"].to_numpy())), strict=True
        )
        if math.isfinite(value)
    ]
    return pd.DataFrame(rows, columns=["arm", "time", "share_ratio", "value_s"])


def service_figure(frame: pd.DataFrame, route: str, theme: Theme) -> Figure:
    """Draw a panel for each arm, with both times against percentile and the wait between them shaded."""
    arms = list(dict.fromkeys(frame["arm"]))
    if not arms:
        return say_nothing_to_show(theme, "no answers to show")
    figure = new_figure(theme, height=4.4)
    panels = figure.subplots(1, len(arms), sharey=True, squeeze=False)[0]
    for time, line in _LINES.items():
        panels[0].plot([], [], color=theme.muted, linestyle=line, linewidth=1.8, label=_LABELS[time])
    for axes, arm in zip(panels, arms, strict=True):
        part = frame[frame["arm"] == arm]
        axes.set_yscale("log")
        _draw(axes, part, arm, theme)
        style_axes(
            axes,
            theme,
            title=f"{route}\n{NAMES[arm]}" if axes is panels[0] else NAMES[arm],
            x="percentile of answers",
            y="",
        )
        percentile_ticks(axes, float(part["share_ratio"].max()), narrow=True)
    panels[0].set_ylabel("time to the answer (ms)", color=theme.ink, fontsize=FONT_SIZE)
    log_ticks(panels[0], "y")
    style_legend(figure, panels[0], theme)
    return figure


def _differ(response_s: float | None, service_s: float | None) -> bool:
    if response_s is None or service_s is None:
        return False
    return response_s - service_s > max(thresholds.WAIT_S, thresholds.WAIT_RATIO * service_s)


def _draw(axes: Axes, part: pd.DataFrame, arm: str, theme: Theme) -> None:
    colour = theme.colours[arm]
    curves = {time: part[part["time"] == time] for time in (RESPONSE, SERVICE)}
    for time, curve in curves.items():
        axes.plot(
            [stretch(share) for share in curve["share_ratio"]],
            curve["value_s"] * 1e3,
            color=colour,
            linestyle=_LINES[time],
            linewidth=2.0 if time == RESPONSE else 1.4,
        )
    upper, lower = (curve.set_index("share_ratio")["value_s"] * 1e3 for curve in curves.values())
    shares = upper.index.intersection(lower.index)
    axes.fill_between(
        [stretch(float(share)) for share in shares],
        lower.loc[shares],
        upper.loc[shares],
        color=colour,
        alpha=0.20,
        linewidth=0,
    )
