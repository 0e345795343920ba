"""Quantiles of a sample, refused where the sample is too small to bound them."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from analysis.thresholds import CONFIDENCE

_TAIL = (1 - CONFIDENCE) / 2


def samples_needed(share_ratio: float) -> int:
    """Return the smallest sample size at which the quantile has a finite upper confidence bound.

    The largest of n values exceeds the q-quantile with probability 1 - qⁿ; the upper end of a two-sided 95 %
    interval exists once that reaches 0.975. It takes 6 values for a median, 72 for p95, 368 for p99.

    References:
        David and Nagaraja, Order Statistics, 3rd edition (2003), section 7.1.
    """
    if not 0 < share_ratio < 1:
        raise ValueError(f"a quantile's share lies between 0 and 1, not at {share_ratio}")
    return math.ceil(math.log(_TAIL) / math.log(share_ratio))


def highest_share(count: int) -> float:
    """Return the highest quantile (0 to 1) that ``count`` values can bound; 0.0 for an empty sample.

    References:
        David and Nagaraja, Order Statistics, 3rd edition (2003), section 7.1.
    """
    return _TAIL ** (1 / count) if count else 0.0


def quantile(ordered: NDArray[np.float64], share_ratio: float) -> float:
    """Return the smallest value that at least ``share_ratio`` of an ascending sample does not exceed.

    A value of the sample, never a mean of two, so that a failure that ranks as infinite stays what it is.

    Returns:
        The quantile in the sample's unit; infinity where failures reach it; NaN where the sample holds fewer
        than :func:`samples_needed` values.

    References:
        Hyndman and Fan, Sample quantiles in statistical packages, The American Statistician 50 (1996),
        definition 1.
    """
    if ordered.size < samples_needed(share_ratio):
        return math.nan
    # 0.95 of 100 values must be rank 95, whatever binary fractions make of the product.
    rank = math.ceil(share_ratio * ordered.size - 1e-9)
    return float(ordered[max(rank, 1) - 1])


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantileInterval:
    """The 95 % interval of a quantile within one sample: NaN where refused, infinite where failures reach it."""

    low: float
    high: float


REFUSED = QuantileInterval(low=math.nan, high=math.nan)


def quantile_interval(ordered: NDArray[np.float64], share_ratio: float) -> QuantileInterval:
    """Return the interval of a quantile from an ascending sample, whatever the values are distributed like.

    The number of values below the true quantile is binomial, so that two of the values themselves bound it. They
    are chosen with at most 2.5 % on either side; coverage is at least 95 % for independent values. Requests of
    one block resemble each other: there the interval says how well this block's sample bounds this block's
    quantile, and only blocks say how well the run knows it.

    Returns:
        The two ends in the sample's unit; NaN both where the sample holds fewer than :func:`samples_needed`
        values.

    References:
        David and Nagaraja, Order Statistics, 3rd edition (2003), section 7.1.
    """
    size = ordered.size
    if size < samples_needed(share_ratio):
        return REFUSED
    # P(B < low rank) and P(B >= high rank) are at most 0.025 each, B being the values at or below the quantile.
    low_rank = _binomial_quantile(_TAIL, size, share_ratio)
    high_rank = _binomial_quantile(1 - _TAIL, size, share_ratio) + 1
    low = float(ordered[low_rank - 1]) if low_rank else math.nan
    return QuantileInterval(low=low, high=float(ordered[high_rank - 1]))


def _binomial_quantile(probability: float, trials: int, share_ratio: float) -> int:
    """Return the smallest number of successes whose cumulative probability reaches ``probability``."""
    number = max(0, math.ceil(special.bdtrik(probability, trials, share_ratio)) - 1)
    # The inverse of a step function, by way of a smooth one, may be one off.
    while special.bdtr(number, trials, share_ratio) < probability:
        number += 1
    return number
