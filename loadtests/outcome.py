"""What the cache did with a request, read from the answer's headers and never inferred from its speed."""

from enum import IntEnum
from typing import Any, cast

import http_sf

MEMO_LIMIT = 4096
NOT_CONSULTED = ("bypass", "method", "request")  # reasons to forward without a look into the cache


class Outcome(IntEnum):
    """How one request ended; the lower-case names are those in the samples."""

    HIT = 0
    MISS = 1
    STALE = 2
    BYPASS = 3
    COLLAPSED = 4
    UNKNOWN = 5  # answered, but no word of a cache
    ERROR = 6  # a 4xx or 5xx status, or an answer that is not HTTP
    TIMEOUT = 7
    REFUSED = 8
    RESET = 9
    DROPPED = 10  # never sent: the queue before the connections was full

    @property
    def label(self) -> str:
        """The name in samples and reports."""
        return self.name.lower()

    @property
    def failed(self) -> bool:
        """Whether the request got no good answer; such a request is in no latency of a success."""
        return self >= Outcome.ERROR


OUTCOMES = tuple(Outcome)
_memo: dict[bytes, Outcome] = {}


def outcome_of(cache_status: bytes | None) -> Outcome:
    """Return the outcome that a Cache-Status header states (RFC 9211); None or nonsense is UNKNOWN.

    The header of a service takes few distinct values (a hit's ttl in whole seconds), so each is parsed once.
    """
    if cache_status is None:
        return Outcome.UNKNOWN
    outcome = _memo.get(cache_status)
    if outcome is None:
        if len(_memo) >= MEMO_LIMIT:
            _memo.clear()
        outcome = _memo[cache_status] = _parse(cache_status)
    return outcome


def _parse(cache_status: bytes) -> Outcome:
    try:
        # A list of items: (name of the cache, its parameters) each.
        caches = cast("list[tuple[object, dict[str, Any]]]", http_sf.parse(cache_status, tltype="list"))
    except ValueError:
        return Outcome.UNKNOWN
    if not caches:
        return Outcome.UNKNOWN
    # The last member is the cache nearest to the client (RFC 9211, section 2).
    _, parameters = caches[-1]
    forwarded = parameters.get("fwd")
    if parameters.get("hit") is True:
        return Outcome.STALE if parameters.get("ttl", 0) < 0 else Outcome.HIT
    if parameters.get("collapsed") is True:
        return Outcome.COLLAPSED
    if forwarded is None:
        return Outcome.UNKNOWN
    return Outcome.BYPASS if str(forwarded) in NOT_CONSULTED else Outcome.MISS
