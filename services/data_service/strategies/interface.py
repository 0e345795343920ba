"""What a caching strategy is given, what it is asked, and what it answers."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from typing import Protocol


class Outcome(StrEnum):
    """What the cache did for one read."""

    HIT = "hit"
    MISS = "miss"
    REFRESH = "refresh"  # the client asked for a fresh answer; it was stored for others
    BYPASS = "bypass"  # the cache was neither read nor written


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the database said: a JSON object and its row's version, or None twice when there is no such user.

    `db_ns` is the time spent waiting for PostgreSQL, `encode_ns` that spent on making the JSON.
    """

    body: bytes | None
    version: int | None
    db_ns: int
    encode_ns: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A read's result, and how it came about.

    `body` and `version` are those of `Loaded`. `age_s` and `ttl_s` count from when the entry was stored, and
    are None unless it is a hit. `redis_ns` and `db_ns` add up a stage's time, and are None when the stage
    did not run.
    """

    body: bytes | None
    version: int | None
    outcome: Outcome
    stored: bool = False
    cache_failed: bool = False
    age_s: float | None = None
    ttl_s: float | None = None
    redis_ns: int | None = None
    db_ns: int | None = None


Load = Callable[[], Loaded]
"""Fetches the answer from the database. What it raises passes through the strategy."""


class CacheStore(Protocol):
    """The commands a strategy may use; `services.shared.cache.Cache` has them. All raise CacheError."""

    def get(self, key: str) -> bytes | None:
        """Return a key's value."""

    def set(self, key: str, value: bytes, *, ttl_ms: int) -> None:
        """Keep a value for `ttl_ms`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetime:
    """How long entries live: `ttl_s`, give or take `jitter_ratio` of it.

    The jitter keeps what was stored together from expiring together.
    """

    ttl_s: float
    jitter_ratio: float
    random_source: Random = field(default_factory=Random)

    def draw_ms(self) -> int:
        """Return one entry's TTL."""
        spread = self.random_source.uniform(1 - self.jitter_ratio, 1 + self.jitter_ratio)
        return max(1, round(self.ttl_s * spread * 1000))


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyContext:
    """What every strategy is made from.

    `now_s` is the wall clock: several processes share the entries. `clock_ns` times the stages.
    """

    cache: CacheStore
    lifetime: Lifetime
    now_s: Callable[[], float] = time.time
    clock_ns: Callable[[], int] = time.monotonic_ns


class Strategy(ABC):
    """Decides for each read whether the cache or the database answers it."""

    def __init__(self, context: StrategyContext) -> None:
        self._context = context

    @abstractmethod
    def read(self, key: str, load: Load, *, refresh: bool = False) -> Answer:
        """Return the answer under `key`, calling `load` where the cache does not have it.

        With `refresh` the cache is not asked, but what was loaded is stored.
        """
