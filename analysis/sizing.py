"""A sweep over the cache's size: what each setting was predicted to do, what it did, and the difference.

Three figures stand side by side: the hit ratio that the real server reached; that of a replay of the server's own
eviction, at the rate of the point and with as many entries as the server really held; and the textbook's, an exact
LRU of that size.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.blocks import CACHED, HIT, MISS, summarise_blocks
from analysis.estimates import Estimate, over_blocks, ratios
from analysis.intervals import Values, amount_interval, log_interval, share_interval
from analysis.legs import Leg
from analysis.run import SIZING, Run
from analysis.sizing_forecast import Forecast, Forecaster
from analysis.sizing_plan import PointPlan, SizingPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class SizingPoint:
    """One policy at one size and rate.

    Attributes:
        entries_held: Mean over the legs of what the cache held; this is the size that forecasts are made for.
        offered_rate_rps: None: as fast as answers came.
        rate_rps: Requests a second as they were sent.
        measured: Hits over look-ups, with the interval over legs; a single pass over a trace has none.
        forecast: What was to be expected.
        residual: Measured less predicted; None where either is unknown.
        p50, p99: Of the response time, in seconds.
        database_rps: Calls of the read's statement a second.
        evictions_rps: Entries evicted a second.
        used_memory_bytes: At the end of the last leg.
        settled: As in the plan.
        repeated_misses_ratio: Misses for a key that another request was just then fetching, as a share of
            look-ups: what a cache loses that does not collapse requests, and a replay one by one does not have.
    """

    policy: str
    size_ratio: float
    entries_planned: int
    entries_held: float
    entry_bytes: float | None
    maxmemory_bytes: int | None
    offered_rate_rps: float | None
    rate_rps: float
    requests: int
    measured: Estimate
    forecast: Forecast
    residual: float | None
    p50: Estimate
    p99: Estimate
    database_rps: Estimate
    evictions_rps: Estimate
    used_memory_bytes: int | None
    settled: bool
    repeated_misses_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizing:
    """What was found about one read.

    Attributes:
        pass_requests: Requests of a whole pass over the trace; None where keys were drawn, or it is not known.
        points: In the order in which they were measured.
        compared_size_ratio: The size that the same run compared the read at; None where it did not.
    """

    operation: str
    route: str
    working_set_keys: int
    of_trace: bool
    capacity_rps: float | None
    points: tuple[SizingPoint, ...]
    pass_requests: int | None = None
    compared_size_ratio: float | None = None


def measure_sizing(run: Run, left_out: Collection[tuple[str, int]] = ()) -> tuple[Sizing, ...]:
    """Return the sweep of every read that was swept; ``left_out`` are legs, each as operation and block."""
    return tuple(_measure(run, plan, left_out) for plan in run.manifest.sizing)


def _measure(run: Run, plan: SizingPlan, left_out: Collection[tuple[str, int]]) -> Sizing:
    forecaster = Forecaster(run.manifest, plan)
    samples = run.samples[run.samples["operation"] == plan.operation]
    legs = {
        leg.leg: leg
        for leg in run.measured_legs(plan.operation, SIZING)
        if (plan.operation, leg.block) not in left_out
    }
    points = (_Point(point, [legs[number] for number in point.legs if number in legs]) for point in plan.points)
    return Sizing(
        operation=plan.operation,
        route=plan.route,
        working_set_keys=plan.working_set_keys,
        of_trace=plan.trace_share_ratio is not None,
        capacity_rps=plan.capacity_rps,
        points=tuple(point.measure(samples, forecaster) for point in points if point.legs),
        pass_requests=plan.pass_requests,
        compared_size_ratio=_compared_size(run, plan.operation),
    )


def _compared_size(run: Run, operation: str) -> float | None:
    for read in run.manifest.reads:
        if read.operation == operation and read.cache_entries_planned and read.working_set_keys:
            return read.cache_entries_planned / read.working_set_keys
    return None


class _Point:
    """One point and those of its legs that are kept."""

    def __init__(self, plan: PointPlan, legs: Sequence[Leg]) -> None:
        self.plan = plan
        self.legs = legs

    def measure(self, samples: pd.DataFrame, forecaster: Forecaster) -> SizingPoint:
        plan = self.plan
        sent = samples[(samples["leg"] >= plan.first_leg) & (samples["leg"] <= plan.legs[-1])]
        measured = sent[sent["leg"].isin([leg.leg for leg in self.legs])]
        table = summarise_blocks(measured)
        operation = self.legs[0].operation
        hits, misses = (table.counts(operation, outcome) for outcome in (HIT, MISS))
        hit_ratio = over_blocks(
            ratios(hits, hits + misses), interval=share_interval, unit="ratio", count=int((hits + misses).sum())
        )
        seconds = sum(leg.seconds for leg in self.legs)
        rate_rps = sum(leg.requests for leg in self.legs) / seconds
        forecast = forecaster.forecast(plan, sent, rate_rps, evicts=self._evicts())
        predicted = forecast.predicted
        return SizingPoint(
            policy=plan.policy,
            size_ratio=plan.size_ratio,
            entries_planned=plan.entries_planned,
            entries_held=float(np.mean(plan.entries_held)),
            entry_bytes=plan.entry_bytes,
            maxmemory_bytes=plan.maxmemory_bytes,
            offered_rate_rps=plan.offered_rate_rps,
            rate_rps=rate_rps,
            requests=len(measured),
            measured=hit_ratio,
            forecast=forecast,
            residual=None if hit_ratio.value is None or predicted is None else hit_ratio.value - predicted,
            p50=_time(table.column(operation, CACHED, "response", "p50"), len(measured)),
            p99=_time(table.column(operation, CACHED, "response", "p99"), len(measured)),
            database_rps=self._a_second("postgresql", "calls"),
            evictions_rps=self._a_second("redis", "evicted_keys"),
            used_memory_bytes=self._counted(self.legs[-1], "redis", "used_memory_bytes"),
            settled=plan.settled,
            repeated_misses_ratio=_repeated_misses(measured),
        )

    def _evicts(self) -> bool:
        return any(self._counted(leg, "redis", "evicted_keys") for leg in self.legs)

    def _a_second(self, server: str, name: str) -> Estimate:
        counts = [self._counted(leg, server, name) for leg in self.legs]
        values = [
            math.nan if count is None else count / leg.seconds
            for count, leg in zip(counts, self.legs, strict=True)
        ]
        requests = sum(leg.requests for leg in self.legs)
        return over_blocks(np.array(values), interval=amount_interval, unit="1/s", count=requests)

    @staticmethod
    def _counted(leg: Leg, server: str, name: str) -> int | None:
        counters = None if leg.counters is None else getattr(leg.counters, server)
        count: int | None = None if counters is None else getattr(counters, name)
        return count


def _repeated_misses(measured: pd.DataFrame) -> float:
    """Return the share of look-ups that missed a key while an earlier miss for it was still unanswered."""
    lookups = measured[measured["outcome"].isin([HIT, MISS])]
    misses = lookups[lookups["outcome"] == MISS].sort_values(["leg", "key", "sent_ns"], kind="stable")
    before = misses.shift(1)
    alike = (misses["key"] == before["key"]) & (misses["leg"] == before["leg"])
    repeated = alike & (misses["sent_ns"] < before["done_ns"]).fillna(value=False)
    return float(repeated.sum()) / len(lookups) if len(lookups) else 0.0


def _time(seconds: Values, count: int) -> Estimate:
    return over_blocks(seconds, interval=log_interval, unit="s", count=count, lacking="too few requests a leg")
