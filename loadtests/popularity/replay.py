"""The requests of a trace as a popularity: no law, but what was really asked for."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from loadtests.popularity.law import Probabilities, Ranks
from loadtests.traces import Operation, Timing, Trace


@dataclass(frozen=True)  # without slots, for the timing that it keeps
class Replay:
    """The requests of a trace in their order, from the start again when the trace ends.

    Drawn as a popularity, every record asks for its key, whatever operation the trace has for it.
    """

    trace: Trace

    @property
    def keys(self) -> int:
        return self.trace.distinct_keys

    @cached_property
    def timing(self) -> Timing:
        """When the records are due by the trace itself; raises TraceError where it does not say."""
        return Timing(self.trace)

    @cached_property
    def write_ratio(self) -> float:
        """Share of the records that write or delete; 0 where the trace has no operations, since all then read."""
        operations = self.trace.operations
        return 0.0 if operations is None else float((operations != Operation.READ).mean())

    @cached_property
    def first_sizes_bytes(self) -> Ranks | None:
        """How large the value of each key is in its first record; None where the trace does not say."""
        return self.trace.first_sizes_bytes()

    def draw(self, count: int, start: int, random: np.random.Generator) -> Ranks:
        return np.take(self.trace.ranks, _positions(count, start), mode="wrap")

    def writes(self, count: int, start: int) -> npt.NDArray[np.bool_]:
        """Tell for each of `count` records from `start` on whether it writes or deletes."""
        if self.trace.operations is None:
            return np.zeros(count, dtype=np.bool_)
        writes: npt.NDArray[np.bool_] = (
            np.take(self.trace.operations, _positions(count, start), mode="wrap") != Operation.READ
        )
        return writes

    def probabilities(self, position: int = 0) -> Probabilities:
        """Return each key's share of the requests; what is asked for next depends on the position all the same."""
        return np.bincount(self.trace.ranks, minlength=self.keys) / len(self.trace.ranks)


def _positions(count: int, start: int) -> Ranks:
    return np.arange(start, start + count)
