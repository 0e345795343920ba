"""Cache-aside: ask the cache, on a miss ask the database and store what it said.

Two gaps are in its nature. A read that loaded a row before a write was committed may store it after the
write's delete: such an entry is stale until its TTL has passed. And nothing keeps several reads of an absent
key from loading it at once.
"""

from services.data_service.strategies.entry import Entry
from services.data_service.strategies.interface import Answer, Load, Outcome, Strategy
from services.shared.errors import CacheError


class CacheAside(Strategy):
    """Keeps every answer for its TTL. Without Redis it reads from the database."""

    def read(self, key: str, load: Load, *, refresh: bool = False) -> Answer:
        """Return the stored answer, or load and store it."""
        if refresh:
            return self._load_and_store(key, load, Outcome.REFRESH, asked_ns=0)
        clock_ns = self._context.clock_ns
        began_ns = clock_ns()
        try:
            raw = self._context.cache.get(key)
        except CacheError:
            return _load_without_cache(load, asked_ns=clock_ns() - began_ns)
        asked_ns = clock_ns() - began_ns
        entry = None if raw is None else Entry.parse(raw)
        if entry is None:
            return self._load_and_store(key, load, Outcome.MISS, asked_ns)
        return self._hit(entry, asked_ns)

    def _hit(self, entry: Entry, asked_ns: int) -> Answer:
        # Another machine's clock may be ahead of this one's: no entry is younger than new.
        age_s = max(0.0, self._context.now_s() - entry.stored_at_ms / 1000)
        return Answer(
            body=entry.body,
            version=entry.version,
            outcome=Outcome.HIT,
            age_s=age_s,
            ttl_s=max(0.0, entry.ttl_ms / 1000 - age_s),
            redis_ns=asked_ns,
        )

    def _load_and_store(self, key: str, load: Load, outcome: Outcome, asked_ns: int) -> Answer:
        loaded = load()
        if loaded.body is None or loaded.version is None:
            # That a user does not exist is not kept: a registration would have to delete it.
            return Answer(body=None, version=None, outcome=outcome, redis_ns=asked_ns or None, db_ns=loaded.db_ns)
        ttl_ms = self._context.lifetime.draw_ms()
        entry = Entry(loaded.body, loaded.version, round(self._context.now_s() * 1000), ttl_ms)
        clock_ns = self._context.clock_ns
        began_ns = clock_ns()
        stored = self._store(key, entry)
        return Answer(
            body=loaded.body,
            version=loaded.version,
            outcome=outcome,
            stored=stored,
            cache_failed=not stored,
            redis_ns=asked_ns + clock_ns() - began_ns,
            db_ns=loaded.db_ns,
        )

    def _store(self, key: str, entry: Entry) -> bool:
        try:
            self._context.cache.set(key, entry.to_bytes(), ttl_ms=entry.ttl_ms)
        except CacheError:
            return False
        return True


def _load_without_cache(load: Load, asked_ns: int) -> Answer:
    loaded = load()
    return Answer(
        body=loaded.body,
        version=loaded.version,
        outcome=Outcome.BYPASS,
        cache_failed=True,
        redis_ns=asked_ns,
        db_ns=loaded.db_ns,
    )
