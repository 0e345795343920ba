"""What is to be cached: requests in their order, and what an exact LRU and the server's own eviction make of them.

Where there are too many requests for a replay in seconds, they are those of a sample of the keys, by hash: entries
are then scaled, and times are not, so that the cache turns over as fast as the whole one.
"""

import math
from dataclasses import dataclass

import numpy as np

from analysis.errors import PredictionError
from analysis.prediction.eviction_settings import EvictionPolicy, EvictionSettings, Sampling
from analysis.prediction.requests import Keys
from analysis.prediction.sampled_eviction import Seconds, replay
from analysis.prediction.stack_distance import LruCurve, lru_curve

FEW_REQUESTS = 250_000
SEEDS = (1, 2, 3, 4)
"""Of short replays: eviction draws by chance, and a replay of 100,000 requests varies by 0.1 points."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """Requests, and how they are counted.

    Attributes:
        ranks: int64, one key rank a request, from 0, of the sample.
        distinct_keys: Keys that can be asked for, of the whole.
        requests: That are counted, of the whole.
        rate_rps: Requests a second, of the whole.
        arrivals_s: float64, one for each of ``ranks``, ascending; None spaces them evenly at the rate.
        skip: Of ``ranks``, those that fill the cache and are not counted; 0 for a trace.
        of_trace: Whether they are a trace, which is replayed whole from a cold cache; else they are drawn, and
            what is sought is the hit ratio that settles.
        share_ratio: Share of the keys that is in the sample.

    Raises:
        PredictionError: the rate or the share cannot be.
    """

    ranks: Keys
    distinct_keys: int
    requests: int
    rate_rps: float
    arrivals_s: Seconds | None = None
    skip: int = 0
    of_trace: bool = True
    share_ratio: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.rate_rps < np.inf:
            raise PredictionError(f"a rate of {self.rate_rps:g} requests a second cannot be; give one above 0")
        if not 0 < self.share_ratio <= 1:
            raise PredictionError(f"a sample of {self.share_ratio:g} of the keys cannot be; give a share up to 1")

    @property
    def sampled_requests(self) -> float:
        """Counted requests that a sample of average keys would have: what its misses are set against."""
        return self.requests * self.share_ratio

    def capacity(self, entries: int) -> int:
        """Return the size of a cache for the sample that stands for one of so many entries."""
        return max(1, round(entries * self.share_ratio))


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """How the server that is asked evicts: what a replay needs of it, beside policy and size."""

    sampling: Sampling = "buckets"
    samples: int = 5
    ttl_jitter_ratio: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What a setting came to.

    Attributes:
        hit_ratio: Over the counted requests, 0 to 1; of a trace, first requests included. The mean of ``replays``.
        lowest, highest: Of the replays, which differ by chance alone.
        replays: How many there were.
        evicts: Whether anything had to go.
    """

    hit_ratio: float
    lowest: float
    highest: float
    replays: int
    evicts: bool


class Replays:
    """The replays of one workload, each made once."""

    def __init__(self, workload: Workload, server: Server) -> None:
        self.workload = workload
        self._server = server
        self._seeds = SEEDS if workload.ranks.size <= FEW_REQUESTS else SEEDS[:1]
        self._known: dict[tuple[EvictionPolicy, int, float | None], Replayed] = {}
        self._curve: LruCurve | None = None

    @property
    def span_s(self) -> float:
        """How long the requests that are replayed take."""
        workload = self.workload
        if workload.arrivals_s is None:
            return workload.ranks.size / workload.rate_rps
        return float(workload.arrivals_s[-1])

    def nothing_expires(self, ttl_s: float) -> bool:
        """Say whether the replay ends before the first entry does."""
        return ttl_s * (1 - self._server.ttl_jitter_ratio) > self.span_s

    def replay(self, policy: EvictionPolicy, entries: int, ttl_s: float | None = None) -> Replayed:
        """Replay the server's own eviction with room for so many entries.

        A sample's misses are set against the requests that as many average keys would have had: whether a hot key
        is in the sample then does not tell.

        References:
            Waldspurger et al., Efficient MRC Construction with SHARDS, FAST 2015.
        """
        if ttl_s is not None and self.nothing_expires(ttl_s):
            ttl_s = None
        asked = policy, entries, ttl_s
        if asked not in self._known:
            self._known[asked] = self._replay(*asked)
        return self._known[asked]

    def highest_hit_ratio(self, ttl_s: float | None = None) -> float:
        """Return the hit ratio with room for every key."""
        return self.replay("allkeys-lru", self.workload.distinct_keys, ttl_s).hit_ratio

    def lru_hit_ratio(self, entries: int) -> float:
        """Return the hit ratio of the textbook's LRU."""
        if not self.workload.of_trace and entries >= self.workload.distinct_keys:
            return 1.0
        curve = self._lru_curve()
        hits = float(curve.hit_ratio(self.workload.capacity(entries))) * curve.requests
        return self._corrected(curve.requests - hits)

    def lru_entries(self, hit_ratio: float) -> int | None:
        """Return how many entries the textbook's LRU needs for a hit ratio; None where no size reaches it."""
        curve, workload = self._lru_curve(), self.workload
        hits = curve.requests - (1 - hit_ratio) * workload.sampled_requests
        place = int(np.searchsorted(curve.hits, hits - 1e-6))
        if place < curve.hits.size:
            return min(workload.distinct_keys, max(1, round(int(curve.capacities[place]) / workload.share_ratio)))
        return None if workload.of_trace else workload.distinct_keys

    def _lru_curve(self) -> LruCurve:
        if self._curve is None:
            self._curve = lru_curve(self.workload.ranks, skip=self.workload.skip)
        return self._curve

    def _replay(self, policy: EvictionPolicy, entries: int, ttl_s: float | None) -> Replayed:
        workload = self.workload
        if entries >= workload.distinct_keys and ttl_s is None:
            # Of a trace only first requests miss; drawn for ever, every key comes to be held.
            all_held = 1 - workload.distinct_keys / workload.requests if workload.of_trace else 1.0
            return Replayed(hit_ratio=all_held, lowest=all_held, highest=all_held, replays=0, evicts=False)
        settings = EvictionSettings(
            policy=policy,
            capacity_keys=workload.capacity(entries),
            rate_rps=workload.rate_rps,
            samples=self._server.samples,
            sampling=self._server.sampling,
            ttl_s=ttl_s,
            ttl_jitter_ratio=self._server.ttl_jitter_ratio,
        )
        found = [
            replay(workload.ranks, settings, seed, skip=workload.skip, arrivals_s=workload.arrivals_s)
            for seed in self._seeds
        ]
        hit_ratios = [self._corrected(each.requests - each.hits) for each in found]
        return Replayed(
            hit_ratio=math.fsum(hit_ratios) / len(hit_ratios),
            lowest=min(hit_ratios),
            highest=max(hit_ratios),
            replays=len(found),
            evicts=any(each.evictions for each in found),
        )

    def _corrected(self, misses: float) -> float:
        return min(1.0, max(0.0, 1 - misses / self.workload.sampled_requests))
