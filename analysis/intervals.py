"""Confidence intervals over blocks. The unit is the block: requests within one are correlated."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy import special

from analysis.thresholds import CONFIDENCE

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """An estimate and the two ends of its 95 % interval, which are unknown for a single block."""

    value: float
    low: float | None
    high: float | None


IntervalMaker = Callable[[Values], Interval]
"""One finite value a block in, the interval of their centre out."""


def mean_interval(values: Values, *, floor: float = -math.inf, ceiling: float = math.inf) -> Interval:
    """Return the mean of one value a block with Student's t interval, cut to what the quantity can be.

    References:
        Student, The probable error of a mean, Biometrika 6 (1908). Blocks as the unit: Law, Simulation
        Modeling and Analysis, 5th edition (2015), section 9.5.3 (batch means).
    """
    centre = float(np.mean(values))
    if values.size < 2:
        return Interval(value=centre, low=None, high=None)
    half_width = _critical_t(values.size) * float(np.std(values, ddof=1)) / math.sqrt(values.size)
    return Interval(value=centre, low=max(centre - half_width, floor), high=min(centre + half_width, ceiling))


def share_interval(values: Values) -> Interval:
    """Return the t interval of a share, cut to 0 and 1."""
    return mean_interval(values, floor=0.0, ceiling=1.0)


def amount_interval(values: Values) -> Interval:
    """Return the t interval of a quantity that may be 0 but not less."""
    return mean_interval(values, floor=0.0)


def log_interval(values: Values) -> Interval:
    """Return the geometric mean of positive values, one a block, with a t interval on their logarithms.

    Given the ratio of two arms in each block, this is the paired t interval of the log ratio: what both arms
    of a block share (a slow minute, a hot machine) cancels before the spread is taken.

    References:
        Fleming and Wallace, How not to lie with statistics, Communications of the ACM 29 (1986), for the
        geometric mean of ratios. Kalibera and Jones, Rigorous benchmarking in reasonable time, ISMM 2013, for
        intervals of a speed-up.
    """
    logs = mean_interval(np.log(values))
    return Interval(
        value=math.exp(logs.value),
        low=None if logs.low is None else math.exp(logs.low),
        high=None if logs.high is None else math.exp(logs.high),
    )


def paired_ratio_interval(numerators: Values, denominators: Values) -> Interval:
    """Return the ratio of two arms over blocks: value i of both comes from block i.

    References:
        As for :func:`log_interval`, which it applies to the ratio of each block.
    """
    return log_interval(numerators / denominators)


@cache
def _critical_t(size: int) -> float:
    # Of scipy.special, not scipy.stats: that takes the better part of a second to import.
    return float(special.stdtrit(size - 1, (1 + CONFIDENCE) / 2))
