"""Sizes the cache in entries, through the server's limit in bytes.

`maxmemory` counts everything the server holds, so bytes an entry are measured on the running server at about
the size in question, and the limit is what it used empty plus that many entries. Then the limit is corrected by
what it really holds: connections' buffers count too, and grow under load; tables grow while there is room, and not
under a limit that has been reached.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import redis

from lab.errors import StackError

FLUSH_TIMEOUT_S = 10.0
POLL_S = 0.01
# Below half of the planned size the hash tables have other steps, and an entry another share of them.
ENOUGH_TO_MEASURE = 0.5
# A limit that holds so many of the entries planned, or all but two, is left alone.
CLOSE_ENOUGH = 0.03
FEW_ENTRIES = 2


@contextmanager
def borrowed_cache(client: redis.Redis, *, may_empty: bool) -> Iterator[None]:
    """Borrow a Redis for experiments: its limit and its policy are as before afterwards, its keys are gone.

    Raises:
        StackError: it holds keys and may not be emptied, or it does not let its limit be set.
    """
    held = int(client.dbsize())
    if held and not may_empty:
        raise StackError(
            f"the Redis server holds {held:,} keys, which the experiment would delete; "
            "use another server, or give --empty-cache"
        )
    try:
        limit = int(client.config_get("maxmemory")["maxmemory"] or 0)
        client.config_set("maxmemory", limit)
        policy = str(client.config_get("maxmemory-policy")["maxmemory-policy"])
    except redis.ResponseError as error:
        raise StackError(
            f"the Redis server does not let its maxmemory be set ({error}); use one that does"
        ) from error
    try:
        yield
    finally:
        client.config_set("maxmemory", limit)
        client.config_set("maxmemory-policy", policy)


@dataclass(kw_only=True)
class CacheSize:
    """The size of one read's cache, known in bytes once some of its entries have been seen.

    Attributes:
        entries: how many entries it is to hold.
        entry_bytes: measured bytes an entry; None until then.
        maxmemory_bytes: the limit set; None until then.
    """

    entries: int
    client: redis.Redis
    entry_bytes: float | None = None
    maxmemory_bytes: int | None = None
    _empty_bytes: int = 0
    _turned_away_before: int = 0

    def empty(self) -> None:
        """Drop every entry and the limit, and wait until the memory is really free.

        Raises:
            StackError: the server goes on freeing for too long.
        """
        self.client.config_set("maxmemory", 0)
        self.client.flushall(asynchronous=False)
        deadline = time.monotonic() + FLUSH_TIMEOUT_S
        while self._memory()["lazyfree_pending_objects"]:
            if time.monotonic() > deadline:
                raise StackError("the Redis server is still freeing memory after a flush; is it short of CPU?")
            time.sleep(POLL_S)
        self._empty_bytes = self._memory()["used_memory"]
        self._turned_away_before = self._turned_away()

    def limit_when_measurable(self) -> bool:
        """Set the limit once enough entries are there to measure one; return whether it has begun to bind."""
        held = self.held()
        if self.maxmemory_bytes is None and held >= self.entries * ENOUGH_TO_MEASURE:
            self.limit((self._memory()["used_memory"] - self._empty_bytes) / held)
        return self._turned_away() > self._turned_away_before

    def limit(self, entry_bytes: float) -> None:
        """Set the limit by what an entry takes; to be called after `empty`."""
        self.entry_bytes = entry_bytes
        self._set_limit(self._empty_bytes + entry_bytes * self.entries)

    def limit_to(self, maxmemory_bytes: int) -> None:
        """Set the limit to what is given, whatever an entry takes; to be called after `empty`."""
        self.limit((maxmemory_bytes - self._empty_bytes) / self.entries)

    def correct(self) -> bool:
        """Move a limit that holds more or fewer entries than planned, and say whether it had to be.

        That it holds fewer is only told once it binds: until then the cache may not be full yet.
        """
        missing = self.entries - self.held()
        if self.maxmemory_bytes is None or abs(missing) <= max(FEW_ENTRIES, CLOSE_ENOUGH * self.entries):
            return False
        turned_away = self._turned_away()
        if missing > 0 and turned_away <= self._turned_away_before:
            return False
        self._turned_away_before = turned_away
        assert self.entry_bytes is not None, "there is a limit, which goes by it"  # noqa: S101
        # From what is used now: where buffers have pushed it beyond the limit, that is more than the limit.
        self._set_limit(self._memory()["used_memory"] + missing * self.entry_bytes)
        return True

    def restart(self) -> None:
        """Drop every entry and set the very same limit again: connections keep the buffers that it allows for."""
        assert self.maxmemory_bytes is not None, "there is a limit to set again"  # noqa: S101
        self.empty()
        self._set_limit(self.maxmemory_bytes)

    def _set_limit(self, maxmemory_bytes: float) -> None:
        self.maxmemory_bytes = max(1, round(maxmemory_bytes))  # 0 would be none
        self.client.config_set("maxmemory", self.maxmemory_bytes)

    def held(self) -> int:
        """Return how many entries the cache holds now."""
        return int(self.client.dbsize())

    def _turned_away(self) -> int:
        """Return how often the limit has made the server evict, or refuse."""
        statistics: dict[str, Any] = self.client.info("stats")
        refused: dict[str, Any] = self.client.info("errorstats").get("errorstat_OOM", {})
        return int(statistics["evicted_keys"]) + int(refused.get("count", 0))

    def _memory(self) -> dict[str, Any]:
        memory: dict[str, Any] = self.client.info("memory")
        return memory
