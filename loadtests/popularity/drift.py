"""A popularity whose hot set moves through the keys."""

from dataclasses import dataclass

import numpy as np

from loadtests.popularity.law import Probabilities, Ranks
from loadtests.popularity.motion import move, moved_keys
from loadtests.popularity.zipf import Zipf


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """A Zipf law whose ranking moves through the ring of keys, `keys_per_1000_requests` keys in 1,000 requests.

    A key is asked for more and more often until it is the most popular, and is the least popular after that; at
    any moment the popularity is that of Zipf. A speed of 0 is Zipf. Why the unit is not keys a second: motion.py.
    """

    ranking: Zipf
    keys_per_1000_requests: float

    @property
    def keys(self) -> int:
        return self.ranking.keys

    def draw(self, count: int, start: int, random: np.random.Generator) -> Ranks:
        drawn = self.ranking.draw(count, start, random)
        move(drawn, start, self.keys, self.keys_per_1000_requests)
        return drawn

    def probabilities(self, position: int = 0) -> Probabilities:
        moved = int(moved_keys(position, 1, self.keys, self.keys_per_1000_requests)[0])
        return np.roll(self.ranking.probabilities(), moved)
