"""A sweep over the cache's size: what each setting was predicted to do, what it did, and the difference.

Three figures stand side by side: the hit ratio that the real server reached; that of a replay of the server's own
eviction, at the rate of the point and with as many entries as the server really held; and the textbook's, an exact
LRU of that size.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.blocks import HIT, MISS
from analysis.compared import residual
from analysis.estimates import Estimate
from analysis.point import Point, counted, kept_legs
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
    kept = kept_legs(run, plan.operation, SIZING, left_out)
    points = ((point, [kept[number] for number in point.legs if number in kept]) for point in plan.points)
    return Sizing(
        operation=plan.operation,
        route=plan.route,
        working_set_keys=plan.working_set_keys,
        of_trace=plan.trace_share_ratio is not None,
        capacity_rps=plan.capacity_rps,
        points=tuple(
            _measure_point(point, Point(legs, samples), _since_emptied(run, point), forecaster)
            for point, legs in points
            if legs
        ),
        pass_requests=plan.pass_requests,
        compared_size_ratio=_compared_size(run, plan.operation),
    )


def _compared_size(run: Run, operation: str) -> float | None:
    for read in run.manifest.reads:
        if read.operation == operation and read.cache_entries_planned and read.working_set_keys:
            return read.cache_entries_planned / read.working_set_keys
    return None


def _since_emptied(run: Run, plan: PointPlan) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the reads and the writes of all legs of a point, from the emptied cache on."""
    reads, writes = (
        rows[(rows["leg"] >= plan.first_leg) & (rows["leg"] <= plan.legs[-1])]
        for rows in (run.samples, run.writes)
    )
    return reads, writes


def _measure_point(
    plan: PointPlan, point: Point, sent: tuple[pd.DataFrame, pd.DataFrame], forecaster: Forecaster
) -> SizingPoint:
    evicts = any(counted(leg, "redis", "evicted_keys") for leg in point.legs)
    forecast = forecaster.forecast(plan, *sent, point.rate_rps, evicts=evicts)
    hit_ratio = point.hit_ratio()
    return SizingPoint(
        policy=plan.policy,
        size_ratio=plan.size_ratio,
        entries_planned=plan.entries_planned,
        entries_held=float(np.mean(plan.entries_held)),
        entry_bytes=plan.entry_bytes,
        maxmemory_bytes=plan.maxmemory_bytes,
        offered_rate_rps=plan.offered_rate_rps,
        rate_rps=point.rate_rps,
        requests=point.requests,
        measured=hit_ratio,
        forecast=forecast,
        residual=residual(hit_ratio, forecast.predicted),
        p50=point.response_time("p50"),
        p99=point.response_time("p99"),
        database_rps=point.a_second("postgresql", "calls"),
        evictions_rps=point.a_second("redis", "evicted_keys"),
        used_memory_bytes=counted(point.legs[-1], "redis", "used_memory_bytes"),
        settled=plan.settled,
        repeated_misses_ratio=_repeated_misses(point.samples),
    )


def _repeated_misses(measured: pd.DataFrame) -> float:
    """Return the share of look-ups that missed a key while an earlier miss for it was still unanswered."""
    lookups = measured[measured["outcome"].isin([HIT, MISS])]
    misses = lookups[lookups["outcome"] == MISS].sort_values(["leg", "key", "sent_ns"], kind="stable")
    before = misses.shift(1)
    alike = (misses["key"] == before["key"]) & (misses["leg"] == before["leg"])
    repeated = alike & (misses["sent_ns"] < before["done_ns"]).fillna(value=False)
    return float(repeated.sum()) / len(lookups) if len(lookups) else 0.0
