"""What the servers and the host counted while a leg ran: read before and after it, and the difference taken."""

from lab.counters.reading import Counters, Reading
from lab.counters.witnesses import Witnesses

__all__ = ["Counters", "Reading", "Witnesses"]
