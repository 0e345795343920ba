"""Whether a search for capacity is to be believed: its blocks, and then what was found in those that are kept.

A search overloads the service on purpose, so what overload does (late, failed and dropped requests, no core left)
is no reason to doubt it; what somebody else did to it is.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from analysis import format as fmt
from analysis import thresholds
from analysis.blocks import ARMS, CACHED, UNCACHED
from analysis.capacity import Capacity
from analysis.capacity_plan import CapacityPlan
from analysis.cautions import Caution, State
from analysis.limits import GENERATOR, Limit
from analysis.manifest import Read
from analysis.run import CAPACITY, Run
from analysis.validity import conservation, generator, host, postgresql, redis
from analysis.validity.block_verdict import BlockVerdict
from analysis.validity.evidence import LegCheck
from analysis.validity.grouping import blocks_left_out, group
from analysis.validity.part_blocks import judge_part_blocks

PREFIX = "Capacity: "
"""How each of their sentences begins, since a run may have compared the same read too."""

LEG_CHECKS: tuple[LegCheck, ...] = (
    generator.worker_lost,
    redis.nobody_else_asked,
    conservation.conserved,
    generator.connections_kept,
    generator.descriptors_left,
    host.nothing_stolen,
    host.nobody_else_ran,
    host.not_throttled,
    host.not_swapping,
    host.clock_steady,
    redis.nothing_evicted_unplanned,
    redis.few_expired,
    redis.within_memory,
    redis.nobody_rejected,
    redis.no_fork,
    postgresql.nobody_else_queried,
    postgresql.blocks_in_memory,
    postgresql.no_checkpoint,
    postgresql.no_autovacuum,
    postgresql.connections_left,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityEvidence:
    """One read's search: its samples, and what was found."""

    run: Run
    found: Capacity
    samples: pd.DataFrame

    def caution(
        self,
        code: str,
        severity: State,
        sentence: str,
        advice: str,
        *,
        figure: float | None = None,
        threshold: float | None = None,
        arm: str | None = None,
    ) -> Caution:
        """Return a caution about this search."""
        return Caution(
            code=code,
            severity=severity,
            sentence=sentence,
            advice=advice,
            figure=figure,
            threshold=threshold,
            operation=self.found.operation,
            arm=arm,
        )


def judge_capacity_blocks(run: Run) -> tuple[BlockVerdict, ...]:
    """Judge every block of every search by what was measured during its legs."""
    return judge_part_blocks(run, CAPACITY, [_as_read(plan) for plan in run.manifest.capacity], LEG_CHECKS)


def judge_capacity(
    run: Run, capacities: Sequence[Capacity], blocks: Sequence[BlockVerdict]
) -> tuple[Caution, ...]:
    """Return every caution: those of the searches, then those of their blocks, each reason once.

    Args:
        run: The whole run.
        capacities: What the kept blocks say.
        blocks: The verdicts on all blocks of the searches.
    """
    reads = [_as_read(plan) for plan in run.manifest.capacity]
    samples = run.in_blocks(CAPACITY)
    evidence = [
        CapacityEvidence(run=run, found=found, samples=samples[samples["operation"] == found.operation])
        for found in capacities
    ]
    told = [caution for each in evidence for check in CHECKS for caution in check(each)]
    found = (*blocks_left_out(blocks, reads), *told, *group(blocks, told, reads))
    return tuple(replace(each, sentence=f"{PREFIX}{each.sentence}", part=CAPACITY) for each in found)


def _as_read(plan: CapacityPlan) -> Read:
    """Return what the checks of legs ask of a read's plan; the rest is not known, or differs from leg to leg."""
    return Read(
        operation=plan.operation,
        route=plan.route,
        working_set_keys=plan.working_set_keys,
        cache_entries_held=plan.cache_entries_held,
        capacity_rps=plan.closed_loop_rps.get(UNCACHED),
        offered_rate_rps=0.0,
    )


def _measured(evidence: CapacityEvidence) -> Iterator[Caution]:
    missing = [arm for arm in ARMS if not any(rate.requests for rate in evidence.found.arms[arm].rates)]
    if missing:
        yield evidence.caution(
            "arm-missing",
            State.INVALID,
            f"no request of the {fmt.listing(missing)} arm was measured.",
            "The run ended too early; measure again.",
            figure=float(len(ARMS) - len(missing)),
            threshold=float(len(ARMS)),
        )


def _complete(evidence: CapacityEvidence) -> Iterator[Caution]:
    held = evidence.samples.groupby("leg").size()
    for leg in evidence.run.measured_legs(evidence.found.operation, CAPACITY):
        rows = int(held.get(leg.leg, 0))
        if rows < leg.requests:
            yield evidence.caution(
                "samples-lost",
                State.INVALID,
                f"leg {leg.leg} made {leg.requests:,} requests, but only {rows:,} samples of it are there.",
                "A worker died or its file was cut off; measure again.",
                figure=float(rows),
                threshold=float(leg.requests),
            )
            return


def _witnessed(evidence: CapacityEvidence) -> Iterator[Caution]:
    if conservation.lacks_witness(evidence.run.measured_legs(evidence.found.operation, CAPACITY)):
        yield evidence.caution(
            "no-witness",
            State.DOUBTFUL,
            "hits are as the answers' headers say; no counter of Redis or PostgreSQL confirms them.",
            "Measure on a stack whose servers the lab can ask, or take the headers at their word.",
        )


def _uncached_indeed(evidence: CapacityEvidence) -> Iterator[Caution]:
    amount = conservation.count_uncached_hits(evidence.samples)
    if amount:
        yield evidence.caution(
            "uncached-hits",
            State.INVALID,
            f"{amount:,} answers of the uncached arm came from the cache: nothing to compare with.",
            "The service must let a request with Cache-Control: no-store pass the cache by.",
            figure=float(amount),
            threshold=0.0,
            arm=UNCACHED,
        )


def _same_hit_ratio(evidence: CapacityEvidence) -> Iterator[Caution]:
    """Doubt a search whose cached arm had another cache at one rate than at the next."""
    shares = {
        rate.rate_rps: rate.hit_ratio.value
        for rate in evidence.found.arms[CACHED].rates
        if rate.hit_ratio.value is not None
    }
    if not shares:
        return
    low_rps, high_rps = min(shares, key=lambda rate: shares[rate]), max(shares, key=lambda rate: shares[rate])
    reach = shares[high_rps] - shares[low_rps]
    if reach > thresholds.HIT_RATIO_RANGE:
        yield evidence.caution(
            "hit-ratio-moved",
            State.DOUBTFUL,
            f"the hit ratio was {fmt.share(shares[low_rps])} at {fmt.per_second(low_rps)} and "
            f"{fmt.share(shares[high_rps])} at {fmt.per_second(high_rps)}: the curve with the cache is that of "
            "more than one cache.",
            "Warm up for longer, or look for what fills or empties the cache.",
            figure=reach,
            threshold=thresholds.HIT_RATIO_RANGE,
            arm=CACHED,
        )


def _generator_able(evidence: CapacityEvidence) -> Iterator[Caution]:
    """Doubt a capacity at which the generator could do no more."""
    for arm in ARMS:
        load = evidence.found.arms[arm].load
        if load.limit is Limit.GENERATOR:
            share = load.own_cpu_ratio[GENERATOR].value or 0.0
            yield evidence.caution(
                "generator-limited",
                State.DOUBTFUL,
                f"at {fmt.per_second(load.rate_rps)} of the {arm} arm the generator used "
                f"{fmt.share(min(1.0, share))} of what its processes can use: what broke the objective may be its "
                "own queue, so the capacity found is a lower bound.",
                "Give the generator more workers (--workers), or another machine.",
                figure=share,
                threshold=thresholds.WORKER_CPU_RATIO,
                arm=arm,
            )


def _enough_blocks(evidence: CapacityEvidence) -> Iterator[Caution]:
    blocks = evidence.found.blocks
    if 0 < blocks < thresholds.MINIMUM_BLOCKS:
        yield evidence.caution(
            "few-blocks",
            State.DOUBTFUL,
            f"{fmt.plural(blocks, 'block')}; an interval from fewer than {thresholds.MINIMUM_BLOCKS} hangs on "
            "what they happened to meet.",
            "Good enough to see that everything works; measure more blocks before deciding anything.",
            figure=float(blocks),
            threshold=float(thresholds.MINIMUM_BLOCKS),
        )


CHECKS: tuple[Callable[[CapacityEvidence], Iterator[Caution]], ...] = (
    _measured,
    _complete,
    _witnessed,
    _uncached_indeed,
    _same_hit_ratio,
    _generator_able,
    _enough_blocks,
)
