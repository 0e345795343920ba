"""The newest keys are the most popular ones, as in YCSB's workload D."""

from dataclasses import dataclass

import numpy as np

from loadtests.popularity.law import Probabilities, Ranks
from loadtests.popularity.motion import move, moved_keys
from loadtests.popularity.zipf import Zipf


@dataclass(frozen=True, slots=True, kw_only=True)
class Latest:
    """A Zipf law over recency: the newest key is the most popular, the one before it the second, and so on.

    At the start the newest key is the last. With inserts it moves on by `inserts_per_1000_requests` keys in 1,000
    requests; the keys are a ring, so that an insert takes the oldest key's place and the working set keeps its
    size, where YCSB's grows. Without inserts it is a Zipf law over the reversed keys.

    References:
        Cooper et al., Benchmarking Cloud Serving Systems with YCSB, SoCC 2010; YCSB, `SkewedLatestGenerator`.
    """

    recency: Zipf
    inserts_per_1000_requests: float = 0.0

    @property
    def keys(self) -> int:
        return self.recency.keys

    def draw(self, count: int, start: int, random: np.random.Generator) -> Ranks:
        drawn = self.recency.draw(count, start, random)
        np.subtract(self.keys - 1, drawn, out=drawn)
        move(drawn, start, self.keys, self.inserts_per_1000_requests)
        return drawn

    def probabilities(self, position: int = 0) -> Probabilities:
        moved = int(moved_keys(position, 1, self.keys, self.inserts_per_1000_requests)[0])
        return np.roll(self.recency.probabilities()[::-1], moved)
