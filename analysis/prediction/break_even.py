"""The hit ratio from which a cache pays: takes mean times of hits, misses and uncached reads, one a block."""

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from analysis.errors import PredictionError
from analysis.intervals import Values
from analysis.thresholds import CONFIDENCE


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakEven:
    """From which hit ratio on the mean response time is shorter with the cache than without.

    Attributes:
        hit_ratio: 0 where the cache pays even if nothing hits; above 1 where it never pays; None where it cannot
            be told: hits were not faster than misses, requests failed, or no block had all three times.
        low, high: Ends of its 95 % interval, cut at 0; None where the blocks do not bound it.
        blocks: Blocks that had all three times.
    """

    hit_ratio: float | None
    low: float | None
    high: float | None
    blocks: int

    @property
    def never(self) -> bool | None:
        """Whether no hit ratio suffices; None where that is unknown."""
        return None if self.hit_ratio is None else self.hit_ratio > 1


def break_even(hits_s: Values, misses_s: Values, uncached_s: Values) -> BreakEven:
    """Return the hit ratio at which the mean times with and without the cache are equal, with Fieller's interval.

    With the cache the mean is h L_hit + (1-h) L_miss, without it L_uncached; so it is the shorter one from

        h* = (L_miss - L_uncached) / (L_miss - L_hit)

    on, as long as L_hit < L_miss. Where a hit is a look-up, L_hit = Lc, and a miss a look-up, the read and a
    store, L_miss = Lc + Ldb + Lset, with L_uncached = Ldb, that is (Lc + Lset) / (Ldb + Lset).

    The interval holds every h for which the blocks' values of (L_miss - L_uncached) - h (L_miss - L_hit) have a
    mean that Student's t does not tell from 0. What all three times of a block share cancels in it in the main. It
    is bounded where the blocks show L_miss - L_hit to be above 0, and not otherwise.

    Args:
        hits_s: Mean response time of the hits of each block, in seconds.
        misses_s: Of the misses, through the cache, of the same blocks.
        uncached_s: Of the reads past the cache, of the same blocks.

    A block where any of the three is NaN had none of that kind, and is left out. An infinite mean is a failure:
    then there is no break-even to state, since leaving it out would flatter whoever failed.

    Returns:
        The hit ratio with its interval, or what of it the blocks allow.

    Raises:
        PredictionError: the three are not of one length.

    References:
        Fieller, Some problems in interval estimation, Journal of the Royal Statistical Society B 16 (1954). Blocks
        as the unit: Law, Simulation Modeling and Analysis, 5th edition (2015), section 9.5.3.
    """
    if not hits_s.shape == misses_s.shape == uncached_s.shape:
        raise PredictionError(
            f"{hits_s.size} blocks of hits, {misses_s.size} of misses and {uncached_s.size} of uncached reads do "
            "not match; give one mean of each a block"
        )
    times_s = np.stack([hits_s, misses_s, uncached_s])
    times_s = times_s[:, ~np.isnan(times_s).any(axis=0)]
    blocks = times_s.shape[1]
    if not blocks or np.isinf(times_s).any() or float((times_s[1] - times_s[0]).mean()) <= 0:
        return BreakEven(hit_ratio=None, low=None, high=None, blocks=blocks)
    added_s, saved_s = times_s[1] - times_s[2], times_s[1] - times_s[0]
    low, high = _fieller(added_s, saved_s) or (None, None)
    return BreakEven(
        hit_ratio=max(float(added_s.mean() / saved_s.mean()), 0.0),
        low=None if low is None else max(low, 0.0),
        high=None if high is None else max(high, 0.0),
        blocks=blocks,
    )


def _fieller(numerators: Values, denominators: Values) -> tuple[float, float] | None:
    """Return the ends of the interval of a ratio of means; None where it is not bounded."""
    size = numerators.size
    if size < 2:
        return None
    squared = float(stats.t.ppf((1 + CONFIDENCE) / 2, size - 1)) ** 2 / size
    covariance = np.cov(numerators, denominators)
    top, bottom = float(numerators.mean()), float(denominators.mean())
    # The ends are the roots of a ratio² - 2 b ratio + c.
    a = bottom**2 - squared * float(covariance[1, 1])
    b = bottom * top - squared * float(covariance[0, 1])
    c = top**2 - squared * float(covariance[0, 0])
    if a <= 0:
        return None
    half_width = math.sqrt(max(b * b - a * c, 0.0))
    return (b - half_width) / a, (b + half_width) / a
