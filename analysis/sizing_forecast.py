"""What was to be expected of a point of a sweep: by a replay of the server's own eviction, and by the textbook."""

from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.intervals import Values
from analysis.manifest import Manifest
from analysis.prediction import lru
from analysis.prediction.characteristic_time import characteristic_time
from analysis.prediction.eviction_settings import EvictionPolicy, EvictionSettings, Sampling
from analysis.prediction.popularity import popularity_named
from analysis.prediction.sampled_eviction import replay
from analysis.prediction.stack_distance import lru_curve
from analysis.sent_traffic import Keys, sent_in_order
from analysis.sizing_plan import PointPlan, SizingPlan

DRAWN_REQUESTS = 300_000
"""Requests that are counted of a replay of drawn keys: its hit ratio is then known to a tenth of a point."""

WARM_UP_TURNOVERS = 4
MOST_WARM_UP_REQUESTS = 2_000_000
SEED = 1
SERVER_SAMPLES = 5  # maxmemory-samples where the server does not tell


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Hit ratios that were to be expected; None where there is no telling.

    Attributes:
        predicted: Of the server's own eviction, settled, at the point's rate; of a trace, over the same pass.
        textbook: Of exact LRU: by Che's formula, or of the trace's own curve; it knows of no writes.
        replayed: Of the server's own eviction for the very requests that were sent, warm-up included; None of a
            trace, where it is what was predicted.
        turnover_s: How long an entry that is not asked for would stay in an LRU of that size.
    """

    predicted: float | None
    textbook: float | None
    replayed: float | None
    turnover_s: float | None


class Forecaster:
    """Makes the forecasts of one sweep."""

    def __init__(self, manifest: Manifest, plan: SizingPlan) -> None:
        self._plan = plan
        self._ttl_s = manifest.parameters.get("ttl_s")
        self._ttl_jitter_ratio = manifest.parameters.get("ttl_jitter_ratio") or 0.0
        self._sampling: Sampling = "buckets" if _runs_valkey(manifest) else "uniform"
        parameters = manifest.parameters.get("popularity") or {}
        self._popularity = popularity_named(parameters, plan.working_set_keys)

    def forecast(
        self, point: PointPlan, sent: pd.DataFrame, writes: pd.DataFrame, rate_rps: float, *, evicts: bool
    ) -> Forecast:
        """Return what was to be expected of a point.

        Args:
            point: Its plan.
            sent: Samples of the reads of all its legs from the emptied cache on.
            writes: Those of the writes beside them, each of which deletes its key.
            rate_rps: What the measured reads came at.
            evicts: Whether the server evicted in them; where it did not, the cache holds all that it is given.
        """
        asked = sent[~sent["failed"]]  # what was dropped or refused never reached the cache
        if asked.empty or (point.policy == "volatile-ttl" and self._ttl_s is None):
            return Forecast(predicted=None, textbook=None, replayed=None, turnover_s=None)
        held = round(float(np.mean(point.entries_held))) if evicts or _refuses(point) else point.entries_planned
        if held < 1:  # what connections take is above the limit: this is no cache any more
            return Forecast(predicted=None, textbook=None, replayed=None, turnover_s=None)
        settings = self._settings(point, held, rate_rps)
        traffic = sent_in_order(asked, writes, point.legs[0])
        as_sent = replay(
            traffic.keys, settings, SEED, skip=traffic.skip, arrivals_s=traffic.since_s, writes=traffic.writes
        ).hit_ratio
        if self._popularity is None:
            curve = lru_curve(traffic.keys[~traffic.writes], skip=traffic.skipped_reads)
            textbook = float(curve.hit_ratio(np.array([held]))[0])
            return Forecast(predicted=as_sent, textbook=textbook, replayed=None, turnover_s=None)
        return self._of_popularity(self._popularity, settings, traffic.write_ratio, as_sent)

    def _of_popularity(
        self, popularity: Values, settings: EvictionSettings, write_ratio: float, as_sent: float
    ) -> Forecast:
        """Return the forecast for keys drawn anew, of reads and writes by the same popularity."""
        capacity = settings.capacity_keys
        if capacity >= popularity.size:
            # A read then hits where the request before it for the same key was a read as well.
            return Forecast(predicted=1.0 - write_ratio, textbook=1.0, replayed=as_sent, turnover_s=None)
        time_requests = characteristic_time(lru.occupancy, popularity, capacity)
        warm_up = min(int(WARM_UP_TURNOVERS * time_requests / (1 - write_ratio)), MOST_WARM_UP_REQUESTS)
        drawn, writes = _draw(popularity, warm_up + DRAWN_REQUESTS, write_ratio)
        together = replace(settings, rate_rps=settings.rate_rps / (1 - write_ratio))
        return Forecast(
            predicted=replay(drawn, together, SEED, skip=warm_up, writes=writes).hit_ratio,
            textbook=lru.hit_ratio(popularity, capacity),
            replayed=as_sent,
            turnover_s=time_requests / settings.rate_rps,
        )

    def _settings(self, point: PointPlan, capacity_keys: int, rate_rps: float) -> EvictionSettings:
        plan = self._plan
        return EvictionSettings(
            policy=cast("EvictionPolicy", point.policy),  # which is checked there
            capacity_keys=capacity_keys,
            rate_rps=rate_rps,
            samples=SERVER_SAMPLES if plan.maxmemory_samples is None else plan.maxmemory_samples,
            sampling=self._sampling,
            ttl_s=self._ttl_s,
            ttl_jitter_ratio=self._ttl_jitter_ratio,
            lfu_log_factor=10.0 if plan.lfu_log_factor is None else plan.lfu_log_factor,
            lfu_decay_min=1 if plan.lfu_decay_min is None else plan.lfu_decay_min,
        )


def _refuses(point: PointPlan) -> bool:
    """Say whether the limit is kept by refusing to store: then what is held counts, though nothing is evicted."""
    return point.policy == "noeviction" and point.size_ratio < 1


def _runs_valkey(manifest: Manifest) -> bool:
    return any(server.role == "redis" and server.name == "Valkey" for server in manifest.servers)


def _draw(popularity: Values, count: int, write_ratio: float) -> tuple[Keys, NDArray[np.bool_]]:
    """Return the keys of so many requests, and which of these write."""
    random = np.random.default_rng(SEED)
    cumulative = np.cumsum(popularity)
    keys = np.searchsorted(cumulative / cumulative[-1], random.random(count), side="right").astype(np.int64)
    return keys, random.random(count) < write_ratio
