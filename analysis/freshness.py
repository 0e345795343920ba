"""What freshness costs: hits, database calls, stale answers and their age at each time to live and rate of writes.

Three figures stand side by side: what was measured; what the law has for the rates at which it was really asked
and written; and what a replay of the very reads and writes comes to, which tells a miss of the law (a pause, a
warm-up that was too short) from a miss of the server.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.ages import Ages, measure_ages
from analysis.blocks import MISS
from analysis.compared import Compared, compare
from analysis.estimates import Estimate, over_blocks, ratios
from analysis.freshness_forecast import FreshnessForecaster, LawPoint
from analysis.freshness_plan import INVALIDATE, CellPlan, FreshnessPlan
from analysis.intervals import Values, share_interval
from analysis.point import Point, kept_legs
from analysis.prediction.database_load import load_ratio
from analysis.prediction.freshness import FreshnessLaw
from analysis.prediction.freshness_replay import FreshnessReplay
from analysis.races import count_raced, stale_entries
from analysis.run import FRESHNESS, Run
from analysis.staleness import commits_of, judge_staleness


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshnessCell:
    """One write policy at one time to live and one rate of writes.

    Attributes:
        write_rate_rps: Writes a second that were offered.
        reads_rps, writes_rps: Reads and writes a second as they were sent, within the legs.
        requests, writes: How many reads have a sample, and how many writes were sent, in the measured legs.
        failed_writes: Of those since the cache was emptied; each may have been committed, and counts as if not.
        hit_ratio: Hits over look-ups.
        stale_ratio: Stale answers over all whose version is known.
        stale, stale_entries: How many they were, and of how many different rows and versions.
        raced_entries: How many of these were filled while the next version was being written; None where writes do
            not delete.
        ages: How old they were.
        database_rps: Calls of the read's statement a second, as PostgreSQL counts them.
        database_writes_rps: The same of the writes; what was predicted is what was sent.
        p50, p99: Of the response time of reads, in seconds.
        response_p99_s: The same of all legs together; None where a failure is that slow.
        under_way_ratio: Share of the reads that were sent while a write to their key was under way, and by which
            the stale ratio may be too low; None where no version is known.
        impossible: Answers that no clock allows: of a version that was written only later, or fetched from the
            database and yet older than a write that was done.
        deletions: Commands that deleted entries, as Redis counts them; None where it was not asked.
        warm_up_s: From the first read after the cache was emptied to the first that was measured.
        measured_s: How long the measured legs took together.
    """

    policy: str
    ttl_s: float
    write_rate_rps: float
    reads_rps: float
    writes_rps: float
    requests: int
    writes: int
    failed_writes: int
    hit_ratio: Compared
    stale_ratio: Compared
    stale: int
    stale_entries: int
    raced_entries: int | None
    ages: Ages
    database_rps: Compared
    database_writes_rps: Compared
    p50: Estimate
    p99: Estimate
    response_p99_s: float | None
    under_way_ratio: float | None
    impossible: int
    deletions: int | None
    warm_up_s: float
    measured_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """What was found about one read: its cells in the order in which they were measured.

    ``law`` draws the law out between them, at the rates that were offered; empty where there is none.
    """

    operation: str
    route: str
    working_set_keys: int
    offered_rate_rps: float
    ttl_jitter_ratio: float | None
    of_trace: bool
    cells: tuple[FreshnessCell, ...]
    law: tuple[LawPoint, ...]


def measure_freshness(run: Run, left_out: Collection[tuple[str, int]] = ()) -> tuple[Freshness, ...]:
    """Return what was found of every read; ``left_out`` are legs, each as operation and block."""
    return tuple(_measure(run, plan, left_out) for plan in run.manifest.freshness)


def _measure(run: Run, plan: FreshnessPlan, left_out: Collection[tuple[str, int]]) -> Freshness:
    forecaster = FreshnessForecaster(run.manifest, plan)
    kept = kept_legs(run, plan.operation, FRESHNESS, left_out)
    reads = run.samples[run.samples["operation"] == plan.operation]
    commits = commits_of(run.writes)
    cells = []
    for cell in plan.cells:
        legs = [kept[number] for number in cell.legs if number in kept]
        if legs:
            law = forecaster.predict(cell, *_rates_with_pauses(run, cell))
            cells.append(_Cell(cell, Point(legs, reads), commits, run.writes).measure(reads, law, forecaster))
    return Freshness(
        operation=plan.operation,
        route=plan.route,
        working_set_keys=plan.working_set_keys,
        offered_rate_rps=plan.offered_rate_rps,
        ttl_jitter_ratio=plan.ttl_jitter_ratio,
        of_trace=plan.trace_share_ratio is not None,
        cells=tuple(cells),
        law=tuple(forecaster.curves()),
    )


def _rates_with_pauses(run: Run, cell: CellPlan) -> tuple[float, float]:
    """Return reads and writes a second over all measured legs of a cell and what lies between them."""
    legs = [leg for leg in run.manifest.legs if leg.leg in cell.legs]
    seconds = (legs[-1].ended_ns - legs[0].started_ns) / 1e9
    return sum(leg.requests for leg in legs) / seconds, sum(leg.writes or 0 for leg in legs) / seconds


class _Cell:
    """One cell: the legs that are kept, and the writes that its answers are held against."""

    def __init__(self, plan: CellPlan, point: Point, commits: pd.DataFrame, writes: pd.DataFrame) -> None:
        self.plan, self.point, self.commits = plan, point, commits
        self._writes = self._since_emptied(writes)
        self._judgement = judge_staleness(point.samples, commits)

    def measure(
        self, reads: pd.DataFrame, law: FreshnessLaw | None, forecaster: FreshnessForecaster
    ) -> FreshnessCell:
        plan, point, sent = self.plan, self.point, self._since_emptied(reads)
        entries = stale_entries(point.samples[self._judgement.stale])
        replays = forecaster.replay(plan, sent, self.commits, [leg.leg for leg in point.legs])
        writes = sum(leg.writes or 0 for leg in point.legs)
        writes_rps = writes / point.seconds
        return FreshnessCell(
            policy=plan.policy,
            ttl_s=plan.ttl_s,
            write_rate_rps=plan.write_rate_rps,
            reads_rps=point.rate_rps,
            writes_rps=writes_rps,
            requests=point.requests,
            writes=writes,
            failed_writes=int(self._writes["failed"].sum()),
            hit_ratio=_compare_hits(point, law, replays),
            stale_ratio=self._compare_stale(law, replays),
            stale=int(self._judgement.stale.sum()),
            stale_entries=len(entries),
            raced_entries=count_raced(entries, sent, self.commits) if plan.policy == INVALIDATE else None,
            ages=measure_ages(self._judgement, law, len(point.legs)),
            database_rps=_compare_calls(point, law, replays),
            database_writes_rps=compare(point.a_second("postgresql", "write_calls"), writes_rps),
            p50=point.response_time("p50"),
            p99=point.response_time("p99"),
            response_p99_s=_p99_s(point.samples["response_s"].to_numpy()),
            under_way_ratio=self._under_way_ratio(),
            impossible=self._impossible(),
            deletions=self._deletions(),
            warm_up_s=_seconds_before(sent, point.legs[0].leg),
            measured_s=point.seconds,
        )

    def _since_emptied(self, rows: pd.DataFrame) -> pd.DataFrame:
        return rows[(rows["leg"] >= self.plan.first_leg) & (rows["leg"] <= self.plan.legs[-1])]

    def _compare_stale(self, law: FreshnessLaw | None, replays: Sequence[FreshnessReplay]) -> Compared:
        judged, stale = self._judgement.judged, self._judgement.stale
        leg = self.point.samples["leg"].to_numpy()
        counts = np.array([judged[leg == each.leg].sum() for each in self.point.legs], dtype=np.float64)
        found = np.array([stale[leg == each.leg].sum() for each in self.point.legs], dtype=np.float64)
        measured = over_blocks(
            ratios(found, counts),
            interval=share_interval,
            unit="ratio",
            count=int(counts.sum()),
            lacking="no answer says its version",
        )
        return compare(measured, None if law is None else law.stale_ratio, [each.stale_ratio for each in replays])

    def _under_way_ratio(self) -> float | None:
        judged = int(self._judgement.judged.sum())
        return float(self._judgement.under_way.sum()) / judged if judged else None

    def _impossible(self) -> int:
        missed = (self.point.samples["outcome"] == MISS).to_numpy()
        return int((self._judgement.ahead | (self._judgement.stale & missed)).sum())

    def _deletions(self) -> int | None:
        found = 0
        for leg in self.point.legs:
            redis = None if leg.counters is None else leg.counters.redis
            if redis is None or redis.commands is None:
                return None
            found += redis.commands.get("del", 0)
        return found


def _compare_hits(point: Point, law: FreshnessLaw | None, replays: Sequence[FreshnessReplay]) -> Compared:
    return compare(point.hit_ratio(), None if law is None else law.hit_ratio, [each.hit_ratio for each in replays])


def _compare_calls(point: Point, law: FreshnessLaw | None, replays: Sequence[FreshnessReplay]) -> Compared:
    return compare(
        point.a_second("postgresql", "calls"),
        None if law is None else point.rate_rps * load_ratio(law.hit_ratio),
        [point.rate_rps * load_ratio(each.hit_ratio) for each in replays],
    )


def _p99_s(seconds: Values) -> float | None:
    found = float(np.quantile(seconds, 0.99, method="inverted_cdf")) if seconds.size else np.inf
    return found if np.isfinite(found) else None


def _seconds_before(sent: pd.DataFrame, first_measured: int) -> float:
    """Return the time from the first read to the first of a leg."""
    measured_ns = sent.loc[sent["leg"] >= first_measured, "intended_ns"]
    return float(measured_ns.min() - sent["intended_ns"].min()) / 1e9
