"""A cache that holds the most popular keys and no others: takes a popularity and a capacity, gives hit ratios."""

import numpy as np

from analysis.intervals import Values
from analysis.prediction.characteristic_time import checked_capacity
from analysis.prediction.popularity import checked_popularity


def hit_ratio(popularity: Values, capacity_keys: float) -> float:
    """Return the hit ratio (0 to 1) of perfect LFU: the sum of the ``capacity_keys`` largest probabilities.

    The highest that any policy without knowledge of the future reaches under independent requests, and exact. A
    real LFU forgets and counts coarsely, and stays below it. A part of a key counts as that part of the time.

    Args:
        popularity: Probability of each key, in any order; sums to 1.
        capacity_keys: What the cache holds, 0 or more.

    Raises:
        PredictionError: the popularity or the capacity cannot be.

    References:
        Aho, Denning and Ullman, Principles of optimal page replacement, Journal of the ACM 18 (1971), its A0.
    """
    return min(float(checked_popularity(popularity) @ hit_probabilities(popularity, capacity_keys)), 1.0)


def hit_probabilities(popularity: Values, capacity_keys: float) -> Values:
    """Return 1 for each of the most popular keys and 0 for the others, in the order of the popularity.

    Of keys that are equally popular, the first ones are held.

    Raises:
        PredictionError: the popularity or the capacity cannot be.

    References:
        As for :func:`hit_ratio`.
    """
    probabilities = checked_popularity(popularity)
    capacity = min(checked_capacity(capacity_keys), probabilities.size)
    held: Values = np.clip(capacity - np.arange(probabilities.size), 0.0, 1.0)
    if probabilities.size == 1 or float(np.max(probabilities[1:] - probabilities[:-1])) <= 0:
        return held
    found = np.empty_like(held)
    found[np.argsort(-probabilities, kind="stable")] = held
    return found
