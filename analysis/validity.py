"""Whether a run is to be believed: every check is a function from the evidence to its cautions.

A new reason is a new function in CHECKS (for the whole run) or READ_CHECKS (for each read), its threshold in
:mod:`analysis.thresholds`, and a test that causes it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis import format as fmt
from analysis import thresholds
from analysis.blocks import ARMS, CACHED, BlockFigures, BlockTable
from analysis.cautions import Caution, State
from analysis.conservation import check_conservation
from analysis.manifest import Read
from analysis.reads import ReadResult, hit_ratios
from analysis.run import AA, CALIBRATE, Run
from analysis.second_opinion import check_second_opinion


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All there is about one read: what was asked, its measured samples, its blocks and its estimates."""

    run: Run
    read: Read
    samples: pd.DataFrame
    table: BlockTable
    result: ReadResult

    @property
    def operation(self) -> str:
        """The read in question."""
        return self.read.operation

    @property
    def rows(self) -> list[BlockFigures]:
        """Its block figures."""
        return [row for row in self.table.rows if row.operation == self.operation]

    def caution(
        self,
        code: str,
        severity: State,
        sentence: str,
        advice: str,
        *,
        figure: float | None = None,
        threshold: float | None = None,
    ) -> Caution:
        """Return a caution about this read."""
        return Caution(
            code=code,
            severity=severity,
            sentence=sentence,
            advice=advice,
            figure=figure,
            threshold=threshold,
            operation=self.operation,
        )


def judge(run: Run, evidence: tuple[Evidence, ...]) -> tuple[Caution, ...]:
    """Return every caution: those of the run, then those of each read, in the order of the checks."""
    of_run = (caution for check in CHECKS for caution in check(run))
    of_reads = (caution for each in evidence for check in READ_CHECKS for caution in check(each))
    return (*of_run, *of_reads)


def _samples_exist(run: Run) -> Iterator[Caution]:
    # A run may have calibrated the lab, or set it against itself, and compared nothing.
    if run.measured.empty and (run.manifest.reads or not run.has_phase(AA, CALIBRATE)):
        yield Caution(
            code="no-samples",
            severity=State.INVALID,
            sentence="The run holds no measured request.",
            advice="It ended before its first block; measure again.",
            figure=0.0,
            threshold=1.0,
            operation=None,
        )


def _samples_complete(evidence: Evidence) -> Iterator[Caution]:
    held = evidence.samples.groupby("leg").size()
    for leg in evidence.run.measured_legs(evidence.operation):
        rows = int(held.get(leg.leg, 0))
        if rows < leg.requests:
            yield evidence.caution(
                "samples-lost",
                State.INVALID,
                f"Leg {leg.leg} made {leg.requests:,} requests, but only {rows:,} samples of it are there.",
                "A worker died or its file was cut off; measure again.",
                figure=float(rows),
                threshold=float(leg.requests),
            )
            return


def _conserved(evidence: Evidence) -> Iterator[Caution]:
    yield from check_conservation(evidence.run, evidence.operation, evidence.samples)


def _few_failures(evidence: Evidence) -> Iterator[Caution]:
    total = len(evidence.samples)
    failed = int(evidence.samples["failed"].sum())
    if not failed:
        return
    invalid = failed / total > thresholds.FAILURES_INVALID_RATIO
    yield evidence.caution(
        "failures",
        State.INVALID if invalid else State.DOUBTFUL,
        f"{failed:,} of {total:,} requests failed ({fmt.share(failed / total)}): {_outcomes_of(evidence)}. "
        "They rank as infinitely slow.",
        "Look at the services' logs; a lower rate or a longer time-out may do.",
        figure=failed / total,
        threshold=thresholds.FAILURES_INVALID_RATIO if invalid else 0.0,
    )


def _outcomes_of(evidence: Evidence) -> str:
    failed = evidence.samples[evidence.samples["failed"]]["outcome"].astype(str).value_counts()
    return fmt.listing([f"{amount:,} {outcome}" for outcome, amount in failed.items()])


def _none_dropped(evidence: Evidence) -> Iterator[Caution]:
    dropped = int((evidence.samples["outcome"] == "dropped").sum())
    if dropped:
        yield evidence.caution(
            "dropped",
            State.DOUBTFUL,
            f"{dropped:,} requests were never sent: the generator's queue was full.",
            "Lower the rate or allow more connections.",
            figure=float(dropped),
            threshold=0.0,
        )


def _cache_took_part(evidence: Evidence) -> Iterator[Caution]:
    cached = evidence.samples[evidence.samples["arm"] == CACHED]["outcome"]
    bypassed, untold = (int((cached == outcome).sum()) for outcome in ("bypass", "unknown"))
    if bypassed:
        yield evidence.caution(
            "bypassed",
            State.DOUBTFUL,
            f"{bypassed:,} of {len(cached):,} answers of the cached arm passed the cache by.",
            "Redis failed, or the service was told not to use it; look at its log.",
            figure=float(bypassed),
            threshold=0.0,
        )
    if untold:
        yield evidence.caution(
            "untold",
            State.DOUBTFUL,
            f"{untold:,} of {len(cached):,} answers of the cached arm do not say what the cache did.",
            "Have the service send Cache-Status (RFC 9211); hits are never guessed from latency.",
            figure=float(untold),
            threshold=0.0,
        )


def _rate_kept(evidence: Evidence) -> Iterator[Caution]:
    for arm in ARMS:
        rows = [row for row in evidence.rows if row.population == arm]
        due, answered = sum(row.count for row in rows), sum(row.answered_in_time for row in rows)
        if due and answered / due < thresholds.ACHIEVED_RATIO:
            yield evidence.caution(
                "rate-missed",
                State.DOUBTFUL,
                f"The {arm} arm had answered {fmt.share(answered / due)} of its requests when the last was "
                "due: it, or the generator, did not keep up with the rate offered.",
                "Its latencies are a queue's. Lower the rate.",
                figure=answered / due,
                threshold=thresholds.ACHIEVED_RATIO,
            )


def _sent_on_time(evidence: Evidence) -> Iterator[Caution]:
    """Caution when the generator's own lateness is a good part of an arm's tail."""
    for arm in ARMS:
        lag_s = evidence.result.lag[arm].p99_s
        times = evidence.result.response_time[arm]
        tails = [times[name].value for name in ("p99", "p95", "p50")]
        tail_s = next((tail for tail in tails if tail is not None), 0.0)
        limit_s = max(thresholds.LAG_FLOOR_S, thresholds.LAG_SHARE_RATIO * tail_s)
        if lag_s is not None and lag_s > limit_s:
            yield evidence.caution(
                "lag",
                State.DOUBTFUL,
                f"Requests of the {arm} arm left late: {fmt.duration(lag_s)} at p99, where "
                f"{fmt.duration(limit_s)} is let pass. What they waited for the generator, or for a free "
                "connection, is part of their response times.",
                "Give the generator more of the machine, allow more connections, or lower the rate.",
                figure=lag_s,
                threshold=limit_s,
            )


def _cache_warm(evidence: Evidence) -> Iterator[Caution]:
    warm_up = evidence.read.warm_up
    if warm_up is not None and not warm_up.settled:
        yield evidence.caution(
            "not-settled",
            State.DOUBTFUL,
            "The hit ratio was still moving when the warm-up ended: early blocks had a colder cache.",
            "Warm up for longer, or choose a smaller working set.",
        )


def _hit_ratio_steady(evidence: Evidence) -> Iterator[Caution]:
    shares = hit_ratios(evidence.table, evidence.operation)
    shares = shares[np.isfinite(shares)]
    third = shares.size // 3
    if not third:
        return
    first, last = float(np.mean(shares[:third])), float(np.mean(shares[-third:]))
    if abs(last - first) > thresholds.DRIFT_RATIO:
        yield evidence.caution(
            "drift",
            State.DOUBTFUL,
            f"The hit ratio drifted from {fmt.share(first)} in the first third of the blocks to "
            f"{fmt.share(last)} in the last: there is no one hit ratio to speak of.",
            "Warm up for longer, or look for what fills or empties the cache.",
            figure=abs(last - first),
            threshold=thresholds.DRIFT_RATIO,
        )


def _below_saturation(evidence: Evidence) -> Iterator[Caution]:
    capacity_rps, offered_rps = evidence.read.capacity_rps, evidence.read.offered_rate_rps
    if capacity_rps and offered_rps / capacity_rps > thresholds.SATURATION_RATIO:
        yield evidence.caution(
            "saturation",
            State.DOUBTFUL,
            f"The rate offered is {fmt.share(offered_rps / capacity_rps)} of what the uncached arm can "
            "carry: its latency is mostly a queue's, and flatters the cache.",
            f"Offer at most {fmt.rate(thresholds.SATURATION_RATIO * capacity_rps)}.",
            figure=offered_rps / capacity_rps,
            threshold=thresholds.SATURATION_RATIO,
        )


def _enough_blocks(evidence: Evidence) -> Iterator[Caution]:
    blocks = len(evidence.table.blocks(evidence.operation))
    if 0 < blocks < thresholds.MINIMUM_BLOCKS:
        yield evidence.caution(
            "few-blocks",
            State.DOUBTFUL,
            f"{fmt.plural(blocks, 'block')}: an interval from fewer than {thresholds.MINIMUM_BLOCKS} hangs "
            "on what they happened to meet.",
            "Good enough to see that everything works; measure more blocks before deciding anything.",
            figure=float(blocks),
            threshold=float(thresholds.MINIMUM_BLOCKS),
        )


def _second_opinion(evidence: Evidence) -> Iterator[Caution]:
    yield from check_second_opinion(evidence.result)


def _both_arms_measured(evidence: Evidence) -> Iterator[Caution]:
    arms = {row.population for row in evidence.rows}
    missing = [arm for arm in ARMS if arm not in arms]
    if missing:
        yield evidence.caution(
            "arm-missing",
            State.INVALID,
            f"No request of the {fmt.listing(missing)} arm was measured: there is nothing to compare.",
            "The run ended too early; measure again.",
            figure=float(len(ARMS) - len(missing)),
            threshold=float(len(ARMS)),
        )


CHECKS: tuple[Callable[[Run], Iterator[Caution]], ...] = (_samples_exist,)

READ_CHECKS: tuple[Callable[[Evidence], Iterator[Caution]], ...] = (
    _both_arms_measured,
    _samples_complete,
    _conserved,
    _few_failures,
    _none_dropped,
    _cache_took_part,
    _rate_kept,
    _sent_on_time,
    _cache_warm,
    _hit_ratio_steady,
    _below_saturation,
    _enough_blocks,
    _second_opinion,
)
