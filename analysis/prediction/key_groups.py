"""Neighbouring keys of a popularity as one: what makes ten million of them as quick to sum over as a few thousand.

Takes a popularity vector, hands on the groups' mean probabilities and counts.
"""

import math
from dataclasses import dataclass

import numpy as np

from analysis.intervals import Values
from analysis.prediction.popularity import checked_popularity

GROUP_WIDTH_RATIO = 1e-3
"""How much the most popular key of a group may exceed the least popular one, as a share."""

NEVER = 1e-250
"""A key of a lower probability counts as never asked for: the times in which it would be are beyond a float."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyGroups:
    """Keys that are asked for at least now and then, alike ones together.

    Attributes:
        probabilities: Mean probability of a key in each group, ascending; all above 0.
        counts: Number of keys in each group.
    """

    probabilities: Values
    counts: Values

    @property
    def keys(self) -> float:
        """Number of keys that are ever asked for."""
        return float(self.counts.sum())

    def sum_over_keys(self, values: Values) -> float:
        """Add up a value for each key, given one a group."""
        return float(self.counts @ values)

    def share_of_requests(self, hit_probabilities: Values) -> float:
        """Return the share of all requests that are hits (0 to 1), given each group's hit probability."""
        # The probabilities add up to 1 but for rounding, which must not make a share of more than all.
        return min(float((self.counts * self.probabilities) @ hit_probabilities), 1.0)


def group_keys(popularity: Values, width_ratio: float = GROUP_WIDTH_RATIO) -> KeyGroups:
    """Put keys whose probabilities differ by at most ``width_ratio`` into one group of their mean.

    The sum of the probabilities is kept exactly; what is lost is the curvature of a function within a group. For a
    function f(pt) the error a key is at most width² · max|x² f″(x)| / 8, since the variance within a group is at
    most a quarter of the squared width: with 1-e^(-x) and the default width, 7e-8, and with x/(1+x) less. Keys
    that lie further apart, as the most popular ones do, keep groups of their own.

    A sorted vector, either way, costs a pass or two; one that is not is sorted first.

    Raises:
        PredictionError: the vector is not a popularity.
    """
    ascending = _ascending(checked_popularity(popularity))
    ascending = ascending[np.searchsorted(ascending, NEVER) :]
    width = math.log1p(width_ratio)
    edges = ascending[0] * np.exp(np.arange(0, math.log(ascending[-1] / ascending[0]), width))
    starts = np.unique(np.append(0, np.searchsorted(ascending, edges[1:])))
    counts = np.diff(starts, append=ascending.size).astype(np.float64)
    return KeyGroups(probabilities=np.add.reduceat(ascending, starts) / counts, counts=counts)


def _ascending(values: Values) -> Values:
    steps = values[1:] - values[:-1]
    if not steps.size or float(steps.min()) >= 0:
        return values
    return np.ascontiguousarray(values[::-1]) if float(steps.max()) <= 0 else np.sort(values)
