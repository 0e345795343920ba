"""What is left between measured and predicted shares, in points, around the band in which it is let pass."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes

from analysis.charts.style import Theme, style_axes
from analysis.thresholds import RESIDUAL_RATIO

_POINTS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Residuals:
    """One series: where each stands on the axis below, and how far measured is from predicted, as a ratio."""

    x: "pd.Series[float]"
    residual_ratio: "pd.Series[float]"
    colour: str
    marker: str
    filled: bool = True


def draw_residuals(axes: Axes, series: Sequence[Residuals], theme: Theme, *, x: str) -> None:
    """Draw the series as marks around 0; ``x`` is what the axis below is called."""
    band = RESIDUAL_RATIO * _POINTS
    axes.axhspan(-band, band, color=theme.shade, zorder=0)
    axes.axhline(0, color=theme.muted, linewidth=1.0)
    for each in series:
        axes.plot(
            each.x,
            each.residual_ratio * _POINTS,
            color=each.colour,
            marker=each.marker,
            markersize=5,
            markerfacecolor=each.colour if each.filled else theme.background,
            linestyle="none",
        )
    style_axes(axes, theme, title="", x=x, y="measured −\npredicted (points)")
    known = [each.residual_ratio.dropna().abs() for each in series]
    furthest = max((float(part.max()) for part in known if len(part)), default=0.0)
    reach = max(1.5 * band, 1.15 * _POINTS * furthest)
    low, high = axes.get_ylim()
    axes.set_ylim(min(-reach, low), max(reach, high))
