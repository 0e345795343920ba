"""YCSB's scrambled zipfian: a Zipf law over far more items than there are keys, hashed onto the keys."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from loadtests.popularity.fnv import fnv_1a_64
from loadtests.popularity.inversion import Inversion
from loadtests.popularity.law import Probabilities, Ranks

ITEMS = 10**10
"""As YCSB's constant ζ(10^10, 0.99) = 26.469 has it, whatever the number of keys; so it is flatter than Zipf."""

FEWEST_HASHED, MOST_HASHED = 1 << 20, 1 << 24
HASHED_PER_KEY = 16
CHUNK = 1 << 20


@dataclass(frozen=True)  # without slots, for the table that it keeps
class ScrambledZipf:
    """Item i of 10^10 is drawn with probability proportional to (i + 1) ** -exponent and asks for a hash's key.

    The most popular keys lie scattered, and several items share each key. The items are too many to hash all of
    them. Of the first ones, a million or sixteen for each key (at most 2^24), every one adds its chance to its own
    key; the rest, 42 % of all requests or fewer with exponent 0.99, is spread evenly, a thousand items and more to
    a key. Against hashing everything a key's part of that rest is off by 1 % with 10,000 keys, 4 % with a million
    and 12 % with ten million (standard deviations by the weights' sum of squares). YCSB also draws its items by an
    approximation that is exact for the first two; here the law is exact.

    References:
        Cooper et al., Benchmarking Cloud Serving Systems with YCSB, SoCC 2010; YCSB, `ScrambledZipfianGenerator`.
    """

    keys: int
    exponent: float

    def draw(self, count: int, start: int, random: np.random.Generator) -> Ranks:
        return self._inversion.draw(count, random)

    def probabilities(self, position: int = 0) -> Probabilities:
        hashed = max(FEWEST_HASHED, min(HASHED_PER_KEY * self.keys, MOST_HASHED))
        weights = np.zeros(self.keys)
        for first in range(0, hashed, CHUNK):
            items = np.arange(first, min(first + CHUNK, hashed), dtype=np.uint64)
            # Java's absolute value of a signed hash, then its remainder.
            keys = np.abs(fnv_1a_64(items).view(np.int64)) % self.keys
            weights += np.bincount(keys, np.power(items + 1.0, -self.exponent), minlength=self.keys)
        weights += tail_weight(hashed, ITEMS, self.exponent) / self.keys
        chances: Probabilities = weights / weights.sum()
        return chances

    @cached_property
    def _inversion(self) -> Inversion:
        return Inversion(self.probabilities())


def tail_weight(above: int, last: int, exponent: float) -> float:
    """Return the sum of k ** -exponent over above < k <= last, for `above` of a thousand and more.

    References:
        Euler and Maclaurin's summation formula, to the first derivative; what it leaves out is below
        exponent · (exponent + 1) · (exponent + 2) / 720 · above ** (-exponent - 3).
    """
    if exponent == 1:
        integral = math.log(last / above)
    else:
        integral = (math.pow(last, 1 - exponent) - math.pow(above, 1 - exponent)) / (1 - exponent)
    ends = (math.pow(last, -exponent) - math.pow(above, -exponent)) / 2
    slopes = exponent / 12 * (math.pow(above, -exponent - 1) - math.pow(last, -exponent - 1))
    return integral + ends + slopes
