"""A cached answer as it lies in Redis: one line about it, then the JSON object itself.

The line is `<version> <stored at, Unix ms> <TTL, ms> <bytes of JSON>`, readable in redis-cli. A hit needs
these numbers and hands the JSON on as it is: no JSON is parsed.
"""

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Entry:
    """What was loaded, when it was stored and for how long."""

    body: bytes
    version: int
    stored_at_ms: int
    ttl_ms: int

    def to_bytes(self) -> bytes:
        """Return what goes into Redis."""
        return b"%d %d %d %d\n%b" % (self.version, self.stored_at_ms, self.ttl_ms, len(self.body), self.body)

    @classmethod
    def parse(cls, raw: bytes) -> Self | None:
        """Return the entry, or None for anything that is not a whole one."""
        line, _, body = raw.partition(b"\n")
        try:
            version, stored_at_ms, ttl_ms, length = map(int, line.split(b" "))
        except ValueError:
            return None
        if length != len(body) or body[:1] != b"{":
            return None
        return cls(body, version, stored_at_ms, ttl_ms)
