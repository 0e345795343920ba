"""Replays requests against Redis as it is: sampled eviction with coarse clocks, at a given request rate.

A cache that turns over within a second or two cannot tell old from new by a clock that ticks once a second, and
its LRU is close to random replacement; so what a size is worth depends on how fast it is asked.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from analysis.errors import PredictionError
from analysis.prediction.compiling import on_borrowed_arrays
from analysis.prediction.eviction_pool import empty_pool
from analysis.prediction.eviction_settings import POLICIES, EvictionSettings
from analysis.prediction.held_keys import KEYS_PER_BUCKET, no_keys
from analysis.prediction.randomness import stream
from analysis.prediction.redis_cache import (
    EVICTIONS,
    EXPIRATIONS,
    FAILURES,
    HITS,
    NEVER,
    SECOND_MS,
    TALLIES,
    RedisCache,
    Rules,
    delete,
    fill,
    get,
)
from analysis.prediction.requests import Keys, checked_requests

Seconds = npt.NDArray[np.float64]
Writes = npt.NDArray[np.bool_]


class _Traffic(NamedTuple):
    """The requests, in order; of arrivals or writes there are none where they are not told."""

    keys: Keys
    arrivals_s: Seconds
    writes: Writes


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayResult:
    """What a replay counted, after its warm-up.

    Attributes:
        requests: Reads counted, at least one.
        hits: Found and not expired.
        evictions: Entries evicted.
        expirations: Entries that had expired, found by a request or by the server's own search.
        failures: Fills refused because nothing may be evicted; each is a miss too.
        held_keys: Entries held at the end.
    """

    requests: int
    hits: int
    evictions: int
    expirations: int
    failures: int
    held_keys: int

    @property
    def hit_ratio(self) -> float:
        """Hits per read."""
        return self.hits / self.requests


def replay(
    keys: npt.ArrayLike,
    settings: EvictionSettings,
    random_seed: int,
    *,
    skip: int = 0,
    arrivals_s: npt.ArrayLike | None = None,
    writes: npt.ArrayLike | None = None,
) -> ReplayResult:
    """Replay a look-aside cache from empty: every read gets its key, and sets it where it was not there.

    Two replays with the same arguments are the same. Another seed draws other samples, jitters and places in the
    hash table.

    Args:
        keys: int64, one key rank a request, from 0; a set follows its get at once.
        settings: The server and the rate.
        random_seed: Seed of everything drawn.
        skip: Requests of warm-up at the start, which are replayed and not counted.
        arrivals_s: float64, one a request, ascending, seconds since ``settings.start_s``; None spaces them evenly
            at ``settings.rate_rps``.
        writes: bool, one a request: those that delete their key, as a write that invalidates does, and are neither
            hit nor miss; None: all read.

    Raises:
        PredictionError: the keys are no ranks, no read is left to count, or the arrivals or writes do not fit.

    References:
        Valkey 9.1, src/evict.c, src/lrulfu.c, src/expire.c and src/hashtable.c; Redis documentation, Key eviction.
    """
    requests = checked_requests(keys, skip)
    arrivals = _checked_arrivals(arrivals_s, requests.size)
    cache, rules = _prepare(int(requests.max()) + 1, settings, random_seed)
    written = _checked_writes(writes, requests.size, skip)
    _run(cache, rules, _Traffic(requests, arrivals, written), skip)
    return ReplayResult(
        requests=requests.size - skip - int(np.count_nonzero(written[skip:])),
        hits=int(cache.tallies[HITS]),
        evictions=int(cache.tallies[EVICTIONS]),
        expirations=int(cache.tallies[EXPIRATIONS]),
        failures=int(cache.tallies[FAILURES]),
        held_keys=int(cache.held.filled[0]),
    )


def _checked_arrivals(arrivals_s: npt.ArrayLike | None, requests: int) -> Seconds:
    """Return the arrivals; none where the rate tells them."""
    if arrivals_s is None:
        return np.empty(0)
    arrivals = np.ascontiguousarray(arrivals_s, dtype=np.float64)
    # Written so that a NaN fails too.
    if arrivals.shape != (requests,) or not (arrivals[0] >= 0 and np.all(np.diff(arrivals) >= 0)):
        raise PredictionError(
            f"{requests:,} requests need as many arrivals, ascending seconds from 0 on, not {arrivals.size:,}"
        )
    return arrivals


def _checked_writes(writes: npt.ArrayLike | None, requests: int, skip: int) -> Writes:
    """Return which requests write; none where none does."""
    if writes is None:
        return np.empty(0, dtype=np.bool_)
    written = np.ascontiguousarray(writes, dtype=np.bool_)
    if written.shape != (requests,):
        raise PredictionError(
            f"{requests:,} requests need to be told of each whether it writes, not {written.size:,}"
        )
    if written[skip:].all():
        raise PredictionError("all requests that are to be counted write; give at least one that reads")
    return written


def _prepare(ranks: int, settings: EvictionSettings, random_seed: int) -> tuple[RedisCache, Rules]:
    bucket_seed, draw_seed = np.random.SeedSequence(random_seed).generate_state(2, dtype=np.uint64)
    rules = Rules(
        policy=POLICIES.index(settings.policy),
        capacity=settings.capacity_keys,
        by_bucket=settings.sampling == "buckets",
        ttl_ms=0.0 if settings.ttl_s is None else float(settings.ttl_s * SECOND_MS),
        ttl_jitter=float(settings.ttl_jitter_ratio),
        active_expiry=settings.active_expiry,
        log_factor=float(settings.lfu_log_factor),
        decay_min=settings.lfu_decay_min,
        rate_rps=float(settings.rate_rps),
        start_s=float(settings.start_s),
    )
    held = no_keys(ranks, settings.capacity_keys, int(bucket_seed))
    held.entries["expires_ms"] = NEVER
    cache = RedisCache(
        held=held,
        pool=empty_pool(settings.pool_keys),
        sampled=np.empty(_keys_looked_at(settings), dtype=np.int64),
        cycle=np.array([int(settings.start_s * SECOND_MS), 0], dtype=np.int64),
        random=stream(int(draw_seed)),
        tallies=np.zeros(TALLIES, dtype=np.int64),
    )
    return cache, rules


def _keys_looked_at(settings: EvictionSettings) -> int:
    """Return the size of a sample: for a key at random Valkey looks at as many as a bucket has."""
    return KEYS_PER_BUCKET if settings.policy == "allkeys-random" else settings.samples


@on_borrowed_arrays
def _run(cache: RedisCache, rules: Rules, traffic: _Traffic, skip: int) -> None:
    keys, arrivals_s, writes = traffic
    for request in range(keys.size):
        if request == skip:
            cache.tallies[:] = 0
        since_s = arrivals_s[request] if arrivals_s.size else request / rules.rate_rps
        now_ms = int((rules.start_s + since_s) * SECOND_MS)
        if writes.size and writes[request]:
            delete(cache, keys[request])
        elif not get(cache, rules, keys[request], now_ms):
            fill(cache, rules, keys[request], now_ms)
