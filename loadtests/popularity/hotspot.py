"""A hot set of keys and the rest, each uniform within."""

from dataclasses import dataclass

import numpy as np

from loadtests.popularity.law import Probabilities, Ranks


@dataclass(frozen=True, slots=True)
class Hotspot:
    """A share of the requests goes to a share of the keys, uniformly within and without (YCSB's hotspot)."""

    keys: int
    keys_ratio: float
    requests_ratio: float

    def draw(self, count: int, start: int, random: np.random.Generator) -> Ranks:
        hot = self._hot_keys
        is_hot = random.random(count) < self.requests_ratio
        return np.where(is_hot, random.integers(0, hot, count), random.integers(hot, self.keys, count))

    def probabilities(self, position: int = 0) -> Probabilities:
        hot = self._hot_keys
        chances = np.full(self.keys, (1 - self.requests_ratio) / (self.keys - hot))
        chances[:hot] = self.requests_ratio / hot
        return chances

    @property
    def _hot_keys(self) -> int:
        return max(1, min(self.keys - 1, round(self.keys * self.keys_ratio)))
