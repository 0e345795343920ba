"""How far a worker's monotonic clock is from the master's, and how well that is known."""

from collections.abc import Iterable
from dataclasses import dataclass

EXCHANGES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One question for the time: sent and received by the master's clock, answered by the worker's; ns."""

    sent_ns: int
    worker_ns: int
    received_ns: int

    @property
    def round_trip_ns(self) -> int:
        """How long the answer took."""
        return self.received_ns - self.sent_ns


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockReading:
    """The worker's clock less the master's (ns); the truth is no further away than the uncertainty."""

    offset_ns: int
    uncertainty_ns: int


SAME_CLOCK = ClockReading(offset_ns=0, uncertainty_ns=0)


def read_clock(exchanges: Iterable[Exchange]) -> ClockReading:
    """Return what the exchange with the shortest round trip tells.

    The worker read its clock somewhere between the two moments; the middle is wrong by half the round trip at
    most, and the shortest round trip is the one that queued least.

    References:
        Cristian, Probabilistic clock synchronization, Distributed Computing 3, 1989, section 3.
    """
    best = min(exchanges, key=lambda exchange: exchange.round_trip_ns)
    middle_ns = (best.sent_ns + best.received_ns) // 2
    return ClockReading(offset_ns=best.worker_ns - middle_ns, uncertainty_ns=-(-best.round_trip_ns // 2))
