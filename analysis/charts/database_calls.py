"""What each read asks of PostgreSQL, with and without the cache: calls a request, and time a request."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.blocks import ARMS, CACHED, UNCACHED
from analysis.charts.style import (
    NAMES,
    Theme,
    log_ticks,
    new_figure,
    say_nothing_to_show,
    style_axes,
    style_legend,
)
from analysis.reads import ReadResult

CALLS, TIME = "calls", "time_ms"

_MARKERS = {CACHED: "o", UNCACHED: "s"}


def database_calls_frame(results: Sequence[ReadResult]) -> pd.DataFrame:
    """Return one row a read, arm and quantity (calls a request, time_ms a request): value, low, high.

    What the stack does not count has no row. An end that is unknown equals the value.
    """
    rows = []
    for result in results:
        for arm in ARMS:
            found = (
                (CALLS, result.database.calls_per_request[arm], 1.0),
                (TIME, result.database.time_per_request_s[arm], 1e3),
            )
            for quantity, estimate, scale in found:
                if estimate.value is not None:
                    low, high = estimate.bounds or (estimate.value, estimate.value)
                    ends = (estimate.value * scale, low * scale, high * scale)
                    rows.append((result.route, arm, quantity, *ends))
    return pd.DataFrame(rows, columns=["route", "arm", "quantity", "value", "low", "high"])


def database_calls_figure(frame: pd.DataFrame, theme: Theme) -> Figure:
    """Draw both quantities side by side, a row for each read and a mark for each arm."""
    routes = list(dict.fromkeys(frame["route"]))
    if not routes:
        return say_nothing_to_show(theme, "this stack does not count PostgreSQL's calls")
    figure = new_figure(theme, height=1.6 + 0.7 * len(routes))
    left, right = figure.subplots(1, 2, sharey=True)
    _draw_panel(left, frame[frame["quantity"] == CALLS], routes, theme)
    style_axes(left, theme, title="Calls", x="calls a request", y="")
    left.set_xlim(0, 1.08 * max(1.0, float(frame[frame["quantity"] == CALLS]["high"].max())))
    times = frame[frame["quantity"] == TIME]
    if (times["value"] > 0).all():
        # An interval that reaches 0 runs out of the axis.
        right.set_xscale("log", nonpositive="clip")
        right.set_xlim(times["value"].min() / 4, times["high"].max() * 2)
    _draw_panel(right, times, routes, theme)
    style_axes(right, theme, title="Time", x="PostgreSQL's time a request (ms)", y="")
    if right.get_xscale() == "log":
        log_ticks(right, "x")
    left.set_yticks(range(len(routes)), routes)
    left.set_ylim(len(routes) - 0.4, -0.6)
    style_legend(figure, left, theme)
    return figure


def _draw_panel(axes: Axes, frame: pd.DataFrame, routes: Sequence[str], theme: Theme) -> None:
    rows = {route: row for row, route in enumerate(routes)}
    for route, pair in frame.groupby("route"):
        axes.plot(pair["value"], [rows[str(route)]] * len(pair), color=theme.grid, linewidth=3, zorder=1)
    for arm, part in frame.groupby("arm"):
        axes.errorbar(
            part["value"],
            [rows[route] for route in part["route"]],
            xerr=[part["value"] - part["low"], part["high"] - part["value"]],
            fmt=_MARKERS[str(arm)],
            color=theme.colours[str(arm)],
            markersize=7,
            capsize=3,
            linewidth=1.6,
            label=NAMES[str(arm)],
            zorder=3,
        )
