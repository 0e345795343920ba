"""Where a sweep of the hit ratio says that a cache begins to pay: takes the rounds' ratios, knows no price."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from analysis.intervals import Values, mean_interval

STEPS = 2_000
"""Of the grid on which the ends of the interval are sought: a twentieth of a point where all ratios are swept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossover:
    """The hit ratio from which on the cached arm is the quicker one.

    Attributes:
        hit_ratio: the lowest one swept where it is quicker even there; None where it is nowhere.
        low, high: ends of the 95 % interval; an end that is as far as was swept is an end of the sweep, not of
            the interval, so `high` is None there, and both are where no hit ratio can be told from a crossing.
    """

    hit_ratio: float | None
    low: float | None
    high: float | None

    def holds(self, hit_ratio: float | None) -> bool:
        """Return whether the interval holds a hit ratio, one beyond the sweep included where it is open above."""
        if hit_ratio is None or self.low is None:
            return False
        return self.low <= hit_ratio and (self.high is None or hit_ratio <= self.high)


def find_crossover(hit_ratios: Values, log_ratios: NDArray[np.float64]) -> Crossover:
    """Return where the ratio of means, uncached over cached, passes 1.

    The value is where the mean of the rounds does, made to rise with the hit ratio (isotonic regression) and
    taken as straight between the hit ratios that were swept. The interval holds every hit ratio at which the
    rounds, each interpolated likewise, have a mean that Student's t does not tell from 0.

    Args:
        hit_ratios: those swept, ascending.
        log_ratios: the logarithm of the ratio, a row a round, a column a hit ratio.

    References:
        Barlow, Bartholomew, Bremner and Brunk, Statistical Inference under Order Restrictions (1972), chapter 1.
    """
    fine = np.linspace(hit_ratios[0], hit_ratios[-1], STEPS + 1)
    rounds = np.array([np.interp(fine, hit_ratios, each) for each in log_ratios])
    intervals = [mean_interval(column) for column in rounds.T]
    accepted = [
        each.low is not None and each.high is not None and each.low <= 0 <= each.high for each in intervals
    ]
    inside = fine[np.array(accepted)]
    low = float(inside[0]) if inside.size else None
    high = float(inside[-1]) if inside.size and inside[-1] < hit_ratios[-1] else None
    rising = isotonic_regression(log_ratios.mean(axis=0)).x
    return Crossover(hit_ratio=_passes_zero(hit_ratios, rising), low=low, high=high)


def _passes_zero(hit_ratios: Values, rising: Values) -> float | None:
    above = int(np.searchsorted(rising, 0.0, side="left"))
    if above == rising.size:
        return None
    if above == 0:
        return float(hit_ratios[0])
    share = -rising[above - 1] / (rising[above] - rising[above - 1])
    return float(hit_ratios[above - 1] + share * (hit_ratios[above] - hit_ratios[above - 1]))
