"""Whether blocks, and the run, are to be believed: every check is a function from evidence to its cautions.

First each block is judged by what was measured during its legs; an invalid one is left out of the estimates.
Then each read is judged by its estimates, and the blocks' reasons are gathered: one caution for each, however
many blocks have it. A new reason is a new check in one of the lists below, its threshold in
:mod:`analysis.thresholds`, and a test that causes it.
"""

from collections.abc import Iterator, Sequence

from analysis.blocks import BlockTable
from analysis.cautions import Caution
from analysis.run import Run
from analysis.validity import (
    answers,
    cache_state,
    completeness,
    conservation,
    generator,
    host,
    postgresql,
    redis,
    saturation,
    second_opinion,
)
from analysis.validity.block_verdict import BlockVerdict, left_out
from analysis.validity.evidence import Evidence, LegCheck, LegEvidence, ReadCheck, RunCheck
from analysis.validity.grouping import blocks_left_out, group

__all__ = ["BlockVerdict", "Evidence", "judge", "judge_blocks", "left_out"]

LEG_CHECKS: tuple[LegCheck, ...] = (
    generator.worker_lost,
    redis.nobody_else_asked,
    conservation.conserved,
    answers.few_failures_in_block,
    generator.none_dropped_in_block,
    generator.rate_kept_in_block,
    generator.on_time_in_block,
    generator.cpu_left,
    generator.core_to_run_on,
    generator.pauses_short,
    generator.connections_kept,
    generator.descriptors_left,
    host.nothing_stolen,
    host.cores_free,
    host.nobody_else_ran,
    host.not_throttled,
    host.not_swapping,
    host.clock_steady,
    cache_state.steady_within,
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

READ_CHECKS: tuple[ReadCheck, ...] = (
    completeness.both_arms_measured,
    completeness.samples_complete,
    conservation.uncached_indeed,
    conservation.witnessed,
    answers.few_failures,
    generator.none_dropped,
    answers.cache_took_part,
    generator.rate_kept,
    generator.on_time,
    cache_state.settled,
    cache_state.steady,
    saturation.below_saturation,
    completeness.enough_blocks,
    second_opinion.both_judges_agree,
)

RUN_CHECKS: tuple[RunCheck, ...] = (completeness.samples_exist,)


def judge_blocks(run: Run, table: BlockTable) -> tuple[BlockVerdict, ...]:
    """Judge every measured block of every read by what was measured during it."""
    samples = dict(tuple(run.measured.groupby("leg")))
    found: dict[tuple[str, int], list[Caution]] = {}
    for read in run.manifest.reads:
        for leg in run.measured_legs(read.operation):
            if leg.block is None:
                continue
            evidence = LegEvidence(
                run=run,
                read=read,
                leg=leg,
                samples=samples.get(leg.leg, run.samples.iloc[:0]),
                figures=table.row(read.operation, leg.arm, leg.block),
            )
            cautions = [caution for check in LEG_CHECKS for caution in check(evidence)]
            found.setdefault((read.operation, leg.block), []).extend(cautions)
    return tuple(
        BlockVerdict(operation=operation, block=block, cautions=tuple(cautions))
        for (operation, block), cautions in found.items()
    )


def judge(run: Run, evidence: Sequence[Evidence], blocks: Sequence[BlockVerdict]) -> tuple[Caution, ...]:
    """Return every caution of the run: its own, those of its reads, and those of its blocks, each reason once.

    Args:
        run: The whole run.
        evidence: Each read as its kept blocks show it.
        blocks: The verdicts on all blocks.
    """
    return tuple(_cautions(run, evidence, blocks))


def _cautions(run: Run, evidence: Sequence[Evidence], blocks: Sequence[BlockVerdict]) -> Iterator[Caution]:
    reads = run.manifest.reads
    of_reads = [caution for each in evidence for check in READ_CHECKS for caution in check(each)]
    for run_check in RUN_CHECKS:
        yield from run_check(run)
    yield from blocks_left_out(blocks, reads)
    yield from of_reads
    yield from group(blocks, of_reads, reads)
