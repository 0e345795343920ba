"""A trace's own timing without an end: which requests are due, and when, from any position on."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from loadtests.errors import TraceError
from loadtests.traces.trace import NS, Trace


@dataclass(frozen=True)  # without slots, for the offsets that it keeps
class Timing:
    """When the requests of a trace leave; after its last one it begins again.

    From the last request of a round to the first of the next is as long as one request is from another on average.

    Raises:
        TraceError: the trace has no timestamps, or one moment only.
    """

    trace: Trace

    def __post_init__(self) -> None:
        """Check once that there is a round to go round."""
        if not self._offsets_ns[-1]:
            raise TraceError(
                f"the trace {self.trace.file} has all of its requests at one moment; replay it by order, at a "
                "rate of your choice"
            )

    @cached_property
    def _offsets_ns(self) -> npt.NDArray[np.int64]:
        return self.trace.offsets_ns()

    @property
    def round_s(self) -> float:
        """How long a round takes as it was recorded, in seconds, to the first request of the next."""
        return self._round_ns / NS

    @property
    def _round_ns(self) -> int:
        last_ns, gaps = int(self._offsets_ns[-1]), len(self._offsets_ns) - 1
        return last_ns + max(1, last_ns // gaps)

    def stretch_ns(self, position: int, duration_s: float, speed: float) -> npt.NDArray[np.int64]:
        """Return when the requests from `position` on leave: int64, ns from the first of them, below `duration_s`.

        `position` counts from the trace's first request through all rounds; `speed` 2 takes half of the time.

        Raises:
            TraceError: the speed is not above 0.
        """
        if not 0 < speed < math.inf:
            raise TraceError(
                f"the replay of {self.trace.file} cannot run at a speed of {speed:g}; give one above 0"
            )
        offsets_ns = self._offsets_ns
        recorded_ns = duration_s * speed * NS
        index = position % len(offsets_ns)
        begun_ns = -int(offsets_ns[index])
        parts = []
        while True:
            end = int(np.searchsorted(offsets_ns, recorded_ns - begun_ns))
            parts.append(offsets_ns[index:end] + begun_ns)
            if end < len(offsets_ns):
                break
            begun_ns += self._round_ns
            index = 0
        moments_ns: npt.NDArray[np.int64] = np.rint(np.concatenate(parts) / speed).astype(np.int64)
        return moments_ns
