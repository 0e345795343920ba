"""Zipf's law over the keys of a working set; with exponent 0 it is the uniform one."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from loadtests.popularity.inversion import Inversion
from loadtests.popularity.law import Probabilities, Ranks


@dataclass(frozen=True)  # without slots, for the table that it keeps
class Zipf:
    """Rank k (from 1) is drawn with probability proportional to k ** -exponent; exponent 0 is uniform."""

    keys: int
    exponent: float

    def draw(self, count: int, start: int, random: np.random.Generator) -> Ranks:
        return self._inversion.draw(count, random)

    def probabilities(self, position: int = 0) -> Probabilities:
        weights = np.power(np.arange(1, self.keys + 1, dtype=np.float64), -self.exponent)
        chances: Probabilities = weights / weights.sum()
        return chances

    @cached_property
    def _inversion(self) -> Inversion:
        return Inversion(self.probabilities())
