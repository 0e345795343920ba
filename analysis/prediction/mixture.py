"""Response times at any hit ratio: takes those of hits and of misses as measured, hands on quantiles and means."""

import math
from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.errors import PredictionError
from analysis.intervals import Values
from analysis.quantiles import samples_needed

_ROUNDING = 1e-9
"""A rank that is whole but for binary fractions is whole, as in :func:`analysis.quantiles.quantile`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixture:
    """Two samples of response times, pooled.

    Attributes:
        pooled_s: All of them, ascending, in seconds; infinite where a request failed.
        hits_up_to: For each, how many hits there are up to and including it.
        hits: Number of hits.
        misses: Number of misses.
        hit_mean_s: Mean of the hits; None without any.
        miss_mean_s: Mean of the misses; None without any.
    """

    pooled_s: Values
    hits_up_to: NDArray[np.int64]
    hits: int
    misses: int
    hit_mean_s: float | None
    miss_mean_s: float | None


def mix(hits_s: Values, misses_s: Values) -> Mixture:
    """Pool the response times of hits and of misses, which may be empty.

    Raises:
        PredictionError: a response time is negative or not a number.
    """
    for what, times_s in (("hits", hits_s), ("misses", misses_s)):
        if not (np.asarray(times_s) >= 0).all():
            raise PredictionError(
                f"the response times of {what} hold a negative or unknown one; leave out what has none"
            )
    pooled_s = np.concatenate([hits_s, misses_s])
    order = np.argsort(pooled_s, kind="stable")
    return Mixture(
        pooled_s=pooled_s[order],
        hits_up_to=np.cumsum(order < hits_s.size),
        hits=int(hits_s.size),
        misses=int(misses_s.size),
        hit_mean_s=float(np.mean(hits_s)) if hits_s.size else None,
        miss_mean_s=float(np.mean(misses_s)) if misses_s.size else None,
    )


def quantile_s(mixture: Mixture, share_ratio: float, *, hit_ratio: float) -> float | None:
    """Return a quantile of the response time that would be seen at a hit ratio.

    The smallest time of either sample up to which the weights of the two, ``hit_ratio`` shared by all hits and the
    rest by all misses, add up to ``share_ratio``: the exact quantile of the weighted sample. At the hit ratio that
    was measured it is the quantile of the sample itself.

    It supposes that a hit and a miss take the same time at any hit ratio. They do while neither service nor
    database queues: where more misses slow down every miss, the samples must come from that load.

    Args:
        mixture: The two samples.
        share_ratio: 0.5 for p50, and so on; above 0 and below 1.
        hit_ratio: 0 to 1.

    Returns:
        Seconds; infinity where failures reach it. None where the sample is too small to bound it, its size being
        counted as Kish's effective size, or where there is none of what the hit ratio asks for.

    Raises:
        PredictionError: the hit ratio is not within 0 and 1.

    References:
        Hyndman and Fan, Sample quantiles in statistical packages, The American Statistician 50 (1996),
        definition 1. Kish, Survey Sampling (1965), section 11.7, for the size.
    """
    weights = _weights(mixture, hit_ratio)
    if weights is None:
        return None
    of_hit, of_miss = weights
    effective = 1 / (mixture.hits * of_hit**2 + mixture.misses * of_miss**2)
    if effective < samples_needed(share_ratio) * (1 - _ROUNDING):
        return None

    def weight_up_to(place: int) -> float:
        hits = int(mixture.hits_up_to[place])
        return hits * of_hit + (place + 1 - hits) * of_miss

    # The weight never falls with the place, so that the first place to reach the share is found by halving.
    place = bisect_left(range(mixture.pooled_s.size), share_ratio - _ROUNDING / effective, key=weight_up_to)
    return float(mixture.pooled_s[min(place, mixture.pooled_s.size - 1)])


def mean_s(mixture: Mixture, *, hit_ratio: float) -> float | None:
    """Return the mean response time that would be seen at a hit ratio: h times the hits', 1-h times the misses'.

    Returns:
        Seconds; infinity with a failure among what counts; None where there is none of what the hit ratio asks
        for.

    Raises:
        PredictionError: the hit ratio is not within 0 and 1.

    References:
        The law of total expectation. What it supposes is said at :func:`quantile_s`.
    """
    if _weights(mixture, hit_ratio) is None:
        return None
    parts = ((hit_ratio, mixture.hit_mean_s), (1 - hit_ratio, mixture.miss_mean_s))
    return math.fsum(share * mean for share, mean in parts if share and mean is not None)


def _weights(mixture: Mixture, hit_ratio: float) -> tuple[float, float] | None:
    """Return what one hit and one miss weigh; None where a kind that must weigh something is not there."""
    if not 0 <= hit_ratio <= 1:
        raise PredictionError(f"a hit ratio of {hit_ratio} cannot be; give a share from 0 to 1")
    if (hit_ratio > 0 and not mixture.hits) or (hit_ratio < 1 and not mixture.misses):
        return None
    of_hit = hit_ratio / mixture.hits if mixture.hits else 0.0
    of_miss = (1 - hit_ratio) / mixture.misses if mixture.misses else 0.0
    return of_hit, of_miss
