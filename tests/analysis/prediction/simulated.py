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


class RandomPlaces:
    """Where samples are drawn from all entries alike."""

    def __init__(self, rng: np.random.Generator, samples: int) -> None:
        self._held: list[int] = []
        self._place_of: dict[int, int] = {}
        self._random, self._samples = rng, samples
        self._drawn: list[list[float]] = []

    def add(self, key: int) -> None:
        self._place_of[key] = len(self._held)
        self._held.append(key)

    def remove(self, key: int) -> None:
        hole, last = self._place_of.pop(key), self._held.pop()
        if last != key:
            self._held[hole] = last
            self._place_of[last] = hole

    def sample(self) -> list[int]:
        if not self._drawn:
            self._drawn = self._random.random((10_000, self._samples)).tolist()
        return [self._held[int(share * len(self._held))] for share in self._drawn.pop()]


class TablePlaces:
    """Valkey's table: random buckets as a whole, in order; a new entry takes its bucket's first free place."""

    def __init__(self, rng: np.random.Generator, samples: int, *, keys: int, buckets: int) -> None:
        self._bucket_of = rng.integers(0, buckets, keys).tolist()
        self._buckets: list[list[int | None]] = [[] for _ in range(buckets)]
        self._random, self._samples = rng, samples

    def add(self, key: int) -> None:
        bucket = self._buckets[self._bucket_of[key]]
        if None in bucket:
            bucket[bucket.index(None)] = key
        else:
            bucket.append(key)

    def remove(self, key: int) -> None:
        bucket = self._buckets[self._bucket_of[key]]
        bucket[bucket.index(key)] = None

    def sample(self) -> list[int]:
        found: list[int] = []
        seen = 0
        while seen < self._samples:
            for key in self._buckets[int(self._random.integers(len(self._buckets)))]:
                if key is None:
                    continue
                seen += 1
                if len(found) < self._samples:
                    found.append(key)
                elif (place := int(self._random.random() * seen)) < self._samples:
                    found[place] = key
        return found


class CandidatePool:
    """Redis's pool: ascending by idle time as it was when sampled; the last is the next victim."""

    def __init__(self) -> None:
        self._idle: list[int] = []
        self._keys: list[int] = []

    def offer(self, key: int, idle: int) -> None:
        spot = bisect_left(self._idle, idle)
        if len(self._keys) == POOL_ENTRIES:
            if spot == 0:
                return
            spot -= 1
            del self._idle[0], self._keys[0]
        self._idle.insert(spot, idle)
        self._keys.insert(spot, key)

    def victim(self, held: dict[int, int]) -> int | None:
        """Take the best candidate that is still held; what has gone meanwhile is dropped."""
        while self._keys:
            self._idle.pop()
            key = self._keys.pop()
            if key in held:
                return key
        return None


def redis_lru(
    keys: Keys, ticks: NDArray[np.int64], capacity: int, warm_up: int, places: RandomPlaces | TablePlaces
) -> float:
    """Redis's allkeys-lru: before a miss is stored, samples go into the pool and its best candidate goes."""
    last_tick: dict[int, int] = {}
    pool = CandidatePool()
    hits = 0
    for place, (key, tick) in enumerate(zip(keys.tolist(), ticks.tolist(), strict=True)):
        if key in last_tick:
            last_tick[key] = tick
            hits += place >= warm_up
            continue
        if len(last_tick) == capacity:
            victim = None
            while victim is None:
                for candidate in places.sample():
                    pool.offer(candidate, tick - last_tick[candidate])
                victim = pool.victim(last_tick)
            del last_tick[victim]
            places.remove(victim)
        last_tick[key] = tick
        places.add(key)
    return hits / (keys.size - warm_up)
