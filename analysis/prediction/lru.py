"""LRU under independent requests, by Che's approximation: takes a popularity and a capacity, gives hit ratios."""

import numpy as np

from analysis.intervals import Values
from analysis.prediction import characteristic_time


def occupancy(probabilities: Values, time_requests: float) -> Values:
    """Return 1-e^(-pt), the chance that a key was asked for within the last ``time_requests`` requests."""
    return -np.expm1(-characteristic_time.exposure(probabilities, time_requests))


def hit_ratio(popularity: Values, capacity_keys: float) -> float:
    """Return LRU's hit ratio (0 to 1): the sum of p(1-e^(-pt)) with t from the sum of 1-e^(-pt) = capacity.

    A key is present if it was asked for since a time t, the same for all keys: that is the approximation, which is
    exact in the limit of many keys. Requests are independent of each other and their popularity stands still: a
    trace with bursts or drift has its own curve (Mattson's).

    Args:
        popularity: Probability of each key, in any order; sums to 1.
        capacity_keys: What the cache holds, 0 or more.

    Raises:
        PredictionError: the popularity or the capacity cannot be.

    References:
        Che, Tung and Wang, Hierarchical Web caching systems, IEEE JSAC 20 (2002). Fricker, Robert and Roberts, A
        versatile and accurate approximation for LRU cache performance, ITC 24 (2012), arXiv 1202.3974.
    """
    return characteristic_time.hit_ratio(occupancy, popularity, capacity_keys)


def hit_probabilities(popularity: Values, capacity_keys: float) -> Values:
    """Return LRU's hit probability of each key (0 to 1), in the order of the popularity.

    Raises:
        PredictionError: the popularity or the capacity cannot be.

    References:
        As for :func:`hit_ratio`.
    """
    return characteristic_time.hit_probabilities(occupancy, popularity, capacity_keys)
