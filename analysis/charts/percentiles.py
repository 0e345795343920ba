"""The axis of percentiles: stretched towards the tail, so that 90, 99 and 99.9 % stand equally far apart."""

import math

import numpy as np
from matplotlib.axes import Axes

from analysis.intervals import Values
from analysis.quantiles import highest_share

LOWEST_SHARE = 0.1

_POINTS = 300
_TICKS = (LOWEST_SHARE, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999, 0.99999)
_NARROW_TICKS = (0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999)


def stretch(share_ratio: float) -> float:
    """Return the place of a percentile on the axis, as HdrHistogram plots them."""
    return -math.log10(1 - share_ratio)


def curve_points(ordered: Values) -> tuple[Values, Values]:
    """Return shares and the ascending sample's values there, up to the highest quantile that it can bound."""
    if highest_share(ordered.size) <= LOWEST_SHARE:
        return np.empty(0), np.empty(0)
    ends = stretch(LOWEST_SHARE), stretch(highest_share(ordered.size))
    shares = 1 - 10 ** -np.linspace(*ends, _POINTS)
    ranks = np.clip(np.ceil(shares * ordered.size).astype(int) - 1, 0, ordered.size - 1)
    return shares, ordered[ranks]


def percentile_ticks(axes: Axes, top_share: float, *, narrow: bool = False) -> None:
    """Write the percentiles up to ``top_share`` below the axis, fewer of them where it is narrow."""
    ticks = [tick for tick in (_NARROW_TICKS if narrow else _TICKS) if tick <= max(top_share, 0.5) + 1e-9]
    axes.set_xticks([stretch(tick) for tick in ticks], [f"{100 * tick:.10g} %" for tick in ticks])
