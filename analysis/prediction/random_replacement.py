"""Random replacement and FIFO under independent requests: takes a popularity and a capacity, gives hit ratios."""

import numpy as np

from analysis.intervals import Values
from analysis.prediction import characteristic_time


def occupancy(probabilities: Values, time_requests: float) -> Values:
    """Return pt/(1+pt): of each cycle a key is present for t on average, and absent for 1/p until asked for."""
    with np.errstate(divide="ignore"):
        # Written so that a time without end gives 1, and a key never asked for 0.
        return 1.0 / (1.0 + 1.0 / characteristic_time.exposure(probabilities, time_requests))


def hit_ratio(popularity: Values, capacity_keys: float) -> float:
    """Return the hit ratio (0 to 1) of random replacement: the sum of p·pt/(1+pt), that of pt/(1+pt) = capacity.

    Once filled, an entry stays for a time that does not depend on how often it is asked for; t is its mean. With
    exponential times that is random replacement, with constant ones FIFO: the two have the same hit ratio, which
    Gelenbe proved for any capacity. The approximation is in t being the same whatever else is in the cache.

    Args:
        popularity: Probability of each key, in any order; sums to 1.
        capacity_keys: What the cache holds, 0 or more.

    Raises:
        PredictionError: the popularity or the capacity cannot be.

    References:
        Garetto, Leonardi and Martina, A unified approach to the performance analysis of caching systems, ACM
        TOMPECS 1 (2016), arXiv 1307.6702. Gelenbe, A unified approach to the evaluation of a class of replacement
        algorithms, IEEE Transactions on Computers C-22 (1973).
    """
    return characteristic_time.hit_ratio(occupancy, popularity, capacity_keys)


def hit_probabilities(popularity: Values, capacity_keys: float) -> Values:
    """Return the hit probability of each key (0 to 1), in the order of the popularity.

    Raises:
        PredictionError: the popularity or the capacity cannot be.

    References:
        As for :func:`hit_ratio`.
    """
    return characteristic_time.hit_probabilities(occupancy, popularity, capacity_keys)
