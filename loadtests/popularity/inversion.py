"""Draws from any fixed distribution over keys, by inverting its cumulative one with the help of a guide table."""

import numpy as np
import numpy.typing as npt

from loadtests.popularity.law import Probabilities, Ranks

CHUNK = 1 << 15
"""Draws at a time: what they need in between stays in the processor's cache."""

LARGEST_TABLE_BITS = 24
STEPS = 4
"""Keys to walk over before a binary search is cheaper; most draws walk over none."""


class Inversion:
    """The inverse of a cumulative distribution: a uniform number in, a key out.

    The guide table says, for each of 2^b equal parts of [0, 1), at which key to begin; there are more parts than
    keys, so the key is there or a step further on. What comes out is exactly what a binary search finds: a seed
    draws the same keys with the table as without.

    References:
        Chen and Asau, On generating random variates from an empirical distribution, AIIE Transactions 6 (1974);
        Devroye, Non-Uniform Random Variate Generation (1986), section III.2.4.
    """

    def __init__(self, probabilities: Probabilities) -> None:
        """Take the chance of each key (float64, sum 1)."""
        self._cumulative = np.cumsum(probabilities)
        self._cumulative[-1] = 1.0  # rounding must not leave a gap above the last key
        # A power of two: the part a number lies in is then exact, and so is where the part begins.
        self._parts = 1 << min(LARGEST_TABLE_BITS, (2 * len(probabilities) - 1).bit_length())
        begins = np.arange(self._parts) / self._parts
        self._guide = np.searchsorted(self._cumulative, begins, side="right").astype(np.int32)

    def draw(self, count: int, random: np.random.Generator) -> Ranks:
        """Return `count` keys."""
        keys = np.empty(count, dtype=np.int64)
        for start in range(0, count, CHUNK):
            part = keys[start : start + CHUNK]
            self._invert(random.random(len(part)), part)
        return keys

    def _invert(self, uniform: npt.NDArray[np.float64], keys: Ranks) -> None:
        cumulative = self._cumulative
        keys[:] = self._guide[(uniform * self._parts).astype(np.int64)]
        beyond = np.flatnonzero(cumulative[keys] <= uniform)
        for _ in range(STEPS):
            if not len(beyond):
                return
            keys[beyond] += 1
            beyond = beyond[cumulative[keys[beyond]] <= uniform[beyond]]
        keys[beyond] = np.searchsorted(cumulative, uniform[beyond], side="right")
