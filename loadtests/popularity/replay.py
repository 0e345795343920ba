"""The requests of a trace as a popularity: no law, but what was really asked for."""

from dataclasses import dataclass

import numpy as np

from loadtests.popularity.law import Probabilities, Ranks
from loadtests.traces import Trace


@dataclass(frozen=True, slots=True)
class Replay:
    """The requests of a trace in their order, from the start again when the trace ends.

    Every record asks for its key, whatever operation the trace has for it.
    """

    trace: Trace

    @property
    def keys(self) -> int:
        return self.trace.distinct_keys

    def draw(self, count: int, start: int, random: np.random.Generator) -> Ranks:
        return np.take(self.trace.ranks, np.arange(start, start + count), mode="wrap")

    def probabilities(self, position: int = 0) -> Probabilities:
        """Return each key's share of the requests; what is asked for next depends on the position all the same."""
        return np.bincount(self.trace.ranks, minlength=self.keys) / len(self.trace.ranks)
