"""Caches in plain Python, request by request: the judges of the closed forms."""

from bisect import bisect_left
from collections import OrderedDict, deque

import numpy as np
from numpy.typing import NDArray

from analysis.intervals import Values

Keys = NDArray[np.int64]

POOL_ENTRIES = 16


def draw(popularity: Values, count: int, rng: np.random.Generator) -> Keys:
    cumulative = np.cumsum(popularity)
    return np.searchsorted(cumulative, rng.random(count) * cumulative[-1], side="right").astype(np.int64)


def poisson_times_s(count: int, rate_rps: float, rng: np.random.Generator) -> Values:
    return np.cumsum(rng.exponential(1 / rate_rps, count))


def lru(keys: Keys, capacity: int, warm_up: int) -> float:
    cache: OrderedDict[int, None] = OrderedDict()
    hits = 0
    for place, key in enumerate(keys.tolist()):
        if key in cache:
            cache.move_to_end(key)
            hits += place >= warm_up
            continue
        if len(cache) == capacity:
            cache.popitem(last=False)
        cache[key] = None
    return hits / (keys.size - warm_up)


def fifo(keys: Keys, capacity: int, warm_up: int) -> float:
    cache: OrderedDict[int, None] = OrderedDict()
    hits = 0
    for place, key in enumerate(keys.tolist()):
        if key in cache:
            hits += place >= warm_up
            continue
        if len(cache) == capacity:
            cache.popitem(last=False)
        cache[key] = None
    return hits / (keys.size - warm_up)


def expiring(
    keys: Keys,
    times_s: Values,
    capacity: int,
    ttl_s: float,
    warm_up: int,
    *,
    renew_on_hit: bool = False,
    rng: np.random.Generator | None = None,
) -> float:
    """LRU, or with a generator random replacement, whose entries are gone the moment they expire."""
    filled_s: OrderedDict[int, float] = OrderedDict()
    fills: deque[tuple[float, int]] = deque()
    hits = 0
    for place, (key, now_s) in enumerate(zip(keys.tolist(), times_s.tolist(), strict=True)):
        while fills and fills[0][0] + ttl_s <= now_s:
            then_s, old = fills.popleft()
            if filled_s.get(old) == then_s:
                del filled_s[old]
        if key in filled_s:
            hits += place >= warm_up
            filled_s.move_to_end(key)
            if renew_on_hit:
                filled_s[key] = now_s
                fills.append((now_s, key))
            continue
        if len(filled_s) == capacity:
            if rng is None:
                filled_s.popitem(last=False)
            else:
                del filled_s[list(filled_s)[int(rng.integers(capacity))]]
        filled_s[key] = now_s
        fills.append((now_s, key))
    return hits / (keys.size - warm_up)


def redis_lru(
    keys: Keys,
    ticks: NDArray[np.int64],
    capacity: int,
    warm_up: int,
    rng: np.random.Generator,
    *,
    samples: int = 5,
) -> float:
    """Redis's allkeys-lru: a miss evicts the oldest candidate of a pool that samples are put into before."""
    last_tick: dict[int, int] = {}
    held: list[int] = []
    place_of: dict[int, int] = {}
    pool_idle: list[int] = []
    pool_keys: list[int] = []
    drawn = rng.integers(0, capacity, (keys.size, samples)).tolist()
    hits = 0
    for place, (key, tick) in enumerate(zip(keys.tolist(), ticks.tolist(), strict=True)):
        if key in last_tick:
            last_tick[key] = tick
            hits += place >= warm_up
            continue
        if len(held) == capacity:
            victim = None
            while victim is None:
                for sample in drawn[place]:
                    candidate = held[sample]
                    idle = tick - last_tick[candidate]
                    spot = bisect_left(pool_idle, idle)
                    if len(pool_idle) == POOL_ENTRIES:
                        if spot == 0:
                            continue
                        spot -= 1
                        del pool_idle[0], pool_keys[0]
                    pool_idle.insert(spot, idle)
                    pool_keys.insert(spot, candidate)
                while pool_keys and victim is None:
                    pool_idle.pop()
                    ghost_or_victim = pool_keys.pop()
                    victim = ghost_or_victim if ghost_or_victim in last_tick else None
            del last_tick[victim]
            hole, last = place_of.pop(victim), held.pop()
            if last != victim:
                held[hole] = last
                place_of[last] = hole
        last_tick[key] = tick
        place_of[key] = len(held)
        held.append(key)
    return hits / (keys.size - warm_up)
