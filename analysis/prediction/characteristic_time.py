"""How long an entry stays: the time at which the keys expected in a cache are as many as it holds.

Takes the chance that a key is present as a function of that time, and a capacity; hands on the time, and the hit
probabilities that follow from it. The unit of time is one over the unit of the rates: given probabilities,
requests; given rates a second, seconds.
"""

import math
from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq

from analysis.errors import PredictionError
from analysis.intervals import Values
from analysis.prediction.key_groups import KeyGroups, group_keys
from analysis.prediction.popularity import checked_popularity

Occupancy = Callable[[Values, float], Values]
"""The chance that a key is in the cache, from its probability and the characteristic time: 0 at time 0, never
falling with the time, and at an infinite time what no limit of size would leave."""

_STEP = 4.0
_TOLERANCE = 1e-13


def hit_ratio(occupancy: Occupancy, popularity: Values, capacity_keys: float) -> float:
    """Return the share of requests (0 to 1) that find their key, at a capacity.

    For independent requests the chance that a request finds its key is the chance that the key is there.

    Args:
        occupancy: Of the cache in question.
        popularity: Probability of each key, in any order.
        capacity_keys: What the cache holds, 0 or more; need not be whole.

    Raises:
        PredictionError: the popularity or the capacity cannot be.

    References:
        Che, Tung and Wang, Hierarchical Web caching systems, IEEE JSAC 20 (2002). Wolff, Poisson arrivals see
        time averages, Operations Research 30 (1982).
    """
    groups = group_keys(popularity)
    time = _time_of_groups(occupancy, groups, capacity_keys)
    return groups.share_of_requests(occupancy(groups.probabilities, time))


def hit_probabilities(occupancy: Occupancy, popularity: Values, capacity_keys: float) -> Values:
    """Return for each key, in the order given, the chance that a request finds it (0 to 1).

    Raises:
        PredictionError: the popularity or the capacity cannot be.

    References:
        As for :func:`hit_ratio`.
    """
    time = characteristic_time(occupancy, popularity, capacity_keys)
    return occupancy(checked_popularity(popularity), time)


def characteristic_time(occupancy: Occupancy, popularity: Values, capacity_keys: float) -> float:
    """Return the time t at which the occupancies of all keys add up to the capacity.

    Neighbouring keys are summed as one (see :func:`analysis.prediction.key_groups.group_keys`).

    Returns:
        The time, in units of one over those of the rates that ``occupancy`` makes of a probability; 0 for no
        capacity; infinity where all keys that are ever present fit.

    Raises:
        PredictionError: the popularity or the capacity cannot be.

    References:
        Che, Tung and Wang, Hierarchical Web caching systems, IEEE JSAC 20 (2002). Fricker, Robert and Roberts, A
        versatile and accurate approximation for LRU cache performance, ITC 24 (2012), arXiv 1202.3974.
    """
    return _time_of_groups(occupancy, group_keys(popularity), capacity_keys)


def time_that_fills(occupied_keys: Callable[[float], float], capacity_keys: float) -> float:
    """Return the time at which a function of it, the expected number of keys present, reaches the capacity.

    For what does not depend on one popularity alone; else :func:`characteristic_time`.

    Raises:
        PredictionError: the capacity cannot be.
    """
    capacity = checked_capacity(capacity_keys)
    if capacity == 0:
        return 0.0
    return _root(occupied_keys, capacity) if occupied_keys(math.inf) > capacity else math.inf


def exposure(rates: Values, time: float) -> Values:
    """Return the requests expected for each key within a time: none for a key never asked for, however long."""
    return np.multiply(rates, time, where=rates > 0, out=np.zeros_like(rates))


def checked_capacity(capacity_keys: float) -> float:
    """Return the capacity, or say that it cannot be.

    Raises:
        PredictionError: it is negative or not a finite number.
    """
    if not 0 <= capacity_keys < math.inf:
        raise PredictionError(f"a capacity of {capacity_keys} keys cannot be; give a number from 0 up")
    return float(capacity_keys)


def _time_of_groups(occupancy: Occupancy, groups: KeyGroups, capacity_keys: float) -> float:
    return time_that_fills(lambda time: groups.sum_over_keys(occupancy(groups.probabilities, time)), capacity_keys)


def _root(occupied_keys: Callable[[float], float], capacity_keys: float) -> float:
    """Find the time by Brent's method on its logarithm, between powers of ``_STEP`` that enclose it.

    Against log t the sum is an S whatever the popularity, so that a bracket takes few steps; the logarithm of the
    sum is what is set to 0, since that is nearly a straight line where the capacity is a small part of the keys.

    References:
        Brent, Algorithms for Minimization without Derivatives (1973), chapter 4.
    """
    low = high = capacity_keys
    while occupied_keys(low) > capacity_keys:
        low /= _STEP
    while occupied_keys(high) < capacity_keys:
        high *= _STEP
    if low == high:
        return low

    def surplus(log_time: float) -> float:
        return math.log(occupied_keys(math.exp(log_time)) / capacity_keys)

    # A hair wider, since the exponential of a logarithm may fall a hair short.
    return math.exp(brentq(surplus, math.log(low) - _TOLERANCE, math.log(high) + _TOLERANCE, xtol=_TOLERANCE))
