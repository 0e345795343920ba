"""A Redis server's entries, compiled: got, set, evicted and expired at a stated time, by the servers' algorithm.

It follows Valkey 9.1 (src/evict.c, src/lrulfu.c, src/expire.c), whose eviction is that of Redis since 3.0 with LFU
since 4.0: what is evicted is the best of a pool that sampled keys are offered to, and its clocks are coarse.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from analysis.prediction.compiling import on_borrowed_arrays
from analysis.prediction.eviction_pool import NOBODY, EvictionPool, offer, take_best
from analysis.prediction.held_keys import HeldKeys, put, sample_buckets, sample_uniform, take
from analysis.prediction.randomness import Stream, below, fraction

Numbers = npt.NDArray[np.int64]

NOEVICTION, RANDOM, LRU, LFU, TTL = range(5)
HITS, EVICTIONS, EXPIRATIONS, FAILURES, TALLIES = range(5)

NEVER = np.iinfo(np.int64).max
SECOND_MS, MINUTE_MS = 1_000, 60_000

_FIRST_FREQUENCY, _HIGHEST_FREQUENCY = 5, 255
_CYCLE_MS, _CYCLE_KEYS, _CYCLE_ENOUGH_PERCENT = 100, 20, 10


class Rules(NamedTuple):
    """What does not change during a replay: settings as numbers.

    Attributes:
        policy: One of the numbers above.
        capacity: Keys.
        by_bucket: Whether keys are sampled in whole buckets.
        ttl_ms: Milliseconds; 0 is for ever.
        ttl_jitter: Share of the TTL.
        active_expiry: Whether expired entries are looked for.
        log_factor: Of the frequency.
        decay_min: Minutes a step of the frequency; 0 never decays.
        rate_rps: Requests a second.
        start_s: Unix time of the first.
    """

    policy: int
    capacity: int
    by_bucket: bool
    ttl_ms: float
    ttl_jitter: float
    active_expiry: bool
    log_factor: float
    decay_min: int
    rate_rps: float
    start_s: float


class RedisCache(NamedTuple):
    """The arrays of one server; functions of this module change them in place.

    Attributes:
        held: The keys held. Of an entry, ``touched`` is the second (LRU) or minute (LFU) of its last access,
            ``frequency`` LFU's counter, 0 to 255, and ``expires_ms`` a Unix time, or ``NEVER``.
        pool: The keys remembered as good to evict.
        sampled: Room for one sample.
        cycle: The next search for expired entries: its time in ms, and the index in ``held.keys`` to go on from.
        random: State of the random numbers.
        tallies: Counts so far, at the numbers above.
    """

    held: HeldKeys
    pool: EvictionPool
    sampled: Numbers
    cycle: Numbers
    random: Stream
    tallies: npt.NDArray[np.int64]


@on_borrowed_arrays
def get(cache: RedisCache, rules: Rules, key: int, now_ms: int) -> bool:
    """Look a key up; return whether it was there and had not expired."""
    if rules.active_expiry and rules.ttl_ms > 0:
        _expire_in_cycles(cache, now_ms)
    if cache.held.entries[key].place < 0:
        return False
    if now_ms > cache.held.entries[key].expires_ms:
        take(cache.held, key)
        cache.tallies[EXPIRATIONS] += 1
        return False
    if rules.policy == LFU:
        _decay(cache, rules, key, now_ms)
        _count_access(cache, rules, key)
    else:
        cache.held.entries[key].touched = now_ms // SECOND_MS
    cache.tallies[HITS] += 1
    return True


@on_borrowed_arrays
def fill(cache: RedisCache, rules: Rules, key: int, now_ms: int) -> None:
    """Set a key that is not there, where evicting has made room for it; under `noeviction` it may fail."""
    if rules.policy == NOEVICTION and cache.held.filled[0] >= rules.capacity:
        cache.tallies[FAILURES] += 1
        return
    while cache.held.filled[0] >= rules.capacity:
        _evict(cache, rules, now_ms)
    put(cache.held, key)
    cache.held.entries[key].touched = now_ms // (MINUTE_MS if rules.policy == LFU else SECOND_MS)
    cache.held.entries[key].frequency = _FIRST_FREQUENCY
    if rules.ttl_ms > 0:
        spread = 1 + rules.ttl_jitter * (2 * fraction(cache.random) - 1)
        cache.held.entries[key].expires_ms = now_ms + max(1, round(rules.ttl_ms * spread))


@on_borrowed_arrays
def delete(cache: RedisCache, key: int) -> None:
    """Delete a key, whether it is there or not."""
    if cache.held.entries[key].place >= 0:
        take(cache.held, key)


@on_borrowed_arrays
def _evict(cache: RedisCache, rules: Rules, now_ms: int) -> None:
    victim = NOBODY
    if rules.policy == RANDOM:
        victim = _anyone(cache, rules)
    while victim == NOBODY:
        for index in range(_sample(cache, rules)):
            key = cache.sampled[index]
            offer(cache.pool, key, _score(cache, rules, key, now_ms))
        victim = take_best(cache.pool, cache.held.entries)
    take(cache.held, victim)
    cache.tallies[EVICTIONS] += 1


@on_borrowed_arrays
def _anyone(cache: RedisCache, rules: Rules) -> int:
    """Return one of as many keys as a bucket has."""
    if not rules.by_bucket:
        return cache.held.keys[below(cache.random, cache.held.filled[0])]
    return cache.sampled[below(cache.random, sample_buckets(cache.held, cache.random, cache.sampled, False))]


@on_borrowed_arrays
def _sample(cache: RedisCache, rules: Rules) -> int:
    if rules.by_bucket:
        return sample_buckets(cache.held, cache.random, cache.sampled, True)
    return sample_uniform(cache.held, cache.random, cache.sampled)


@on_borrowed_arrays
def _score(cache: RedisCache, rules: Rules, key: int, now_ms: int) -> int:
    """Return how good a key is to evict: idle seconds, rareness of its use, or nearness of its end."""
    if rules.policy == LRU:
        return now_ms // SECOND_MS - cache.held.entries[key].touched
    if rules.policy == LFU:
        _decay(cache, rules, key, now_ms)
        return _HIGHEST_FREQUENCY - cache.held.entries[key].frequency
    return -cache.held.entries[key].expires_ms


@on_borrowed_arrays
def _decay(cache: RedisCache, rules: Rules, key: int, now_ms: int) -> None:
    """Take from a key's frequency what its idle minutes cost.

    Valkey 9 stores the minute whenever it looks, at a sampled key too and where no whole step has passed: by its
    source, with a decay time over a minute, what is looked at every minute never decays. Redis stores it at
    accesses only; with the default of one minute both come to the same.
    """
    minute = now_ms // MINUTE_MS
    if rules.decay_min > 0:
        steps = (minute - cache.held.entries[key].touched) // rules.decay_min
        cache.held.entries[key].frequency = max(0, cache.held.entries[key].frequency - steps)
    cache.held.entries[key].touched = minute


@on_borrowed_arrays
def _count_access(cache: RedisCache, rules: Rules, key: int) -> None:
    frequency = cache.held.entries[key].frequency
    above = max(0, frequency - _FIRST_FREQUENCY)
    if frequency < _HIGHEST_FREQUENCY and fraction(cache.random) * (above * rules.log_factor + 1) < 1:
        cache.held.entries[key].frequency = frequency + 1


@on_borrowed_arrays
def _expire_in_cycles(cache: RedisCache, now_ms: int) -> None:
    """Run the searches that were due by now.

    Ten times a second the server goes on through its keys, 20 at a time, for as long as more than 10 % of those
    were expired, and at most to the end of the table. It goes by the order of the table, here by an order as
    arbitrary.
    """
    while cache.cycle[0] <= now_ms:
        due_ms = cache.cycle[0]
        cache.cycle[0] = due_ms + _CYCLE_MS
        going_on = True
        while going_on and cache.held.filled[0] > 0:
            looked, expired = _expire_some(cache, due_ms)
            going_on = cache.cycle[1] > 0 and expired * 100 > looked * _CYCLE_ENOUGH_PERCENT


@on_borrowed_arrays
def _expire_some(cache: RedisCache, now_ms: int) -> tuple[int, int]:
    """Look at the next 20 keys or at those to the end; return how many there were, and how many had expired."""
    looked, expired, index = 0, 0, cache.cycle[1]
    while looked < _CYCLE_KEYS and index < cache.held.filled[0]:
        key = cache.held.keys[index]
        looked += 1
        if now_ms > cache.held.entries[key].expires_ms:
            take(cache.held, key)  # the last key comes to this index
            expired += 1
        else:
            index += 1
    cache.tallies[EXPIRATIONS] += expired
    cache.cycle[1] = index if index < cache.held.filled[0] else 0
    return looked, expired
