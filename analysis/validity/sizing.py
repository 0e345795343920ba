"""Whether a sweep over the cache's size is to be believed: its legs, and then the points that are kept.

What a sweep asks is how often the cache hit. Late requests and busy processors do not change that, so they are no
reason to doubt it; a witness that disagrees is, and so is whoever else used the cache.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from analysis import format as fmt
from analysis.cautions import Caution, State
from analysis.manifest import Read
from analysis.run import SIZING, Run
from analysis.sizing import Sizing
from analysis.sizing_plan import SizingPlan
from analysis.sizing_sentence import place
from analysis.validity import conservation, generator, redis
from analysis.validity.block_verdict import BlockVerdict
from analysis.validity.evidence import LegCheck
from analysis.validity.grouping import blocks_left_out, group
from analysis.validity.part_blocks import judge_part_blocks

PREFIX = "Sizing: "
"""How each of their sentences begins, since a run may have compared the same read too."""

LEG_CHECKS: tuple[LegCheck, ...] = (
    generator.worker_lost,
    redis.nobody_else_asked,
    conservation.conserved,
    redis.nobody_rejected,
)


def judge_sizing_legs(run: Run) -> tuple[BlockVerdict, ...]:
    """Judge every leg of every sweep, each a block of its own, by what was measured during it."""
    return judge_part_blocks(run, SIZING, [_as_read(plan) for plan in run.manifest.sizing], LEG_CHECKS)


def judge_sizing(run: Run, sweeps: Sequence[Sizing], legs: Sequence[BlockVerdict]) -> tuple[Caution, ...]:
    """Return every caution: those of the sweeps, then those of their legs, each reason once."""
    reads = [_as_read(plan) for plan in run.manifest.sizing]
    alone = not run.manifest.reads
    told = [
        caution
        for plan, found in zip(run.manifest.sizing, sweeps, strict=True)
        for caution in (*_measured(plan, found, alone=alone), *_settled(found))
    ]
    found = (*blocks_left_out(legs, reads), *told, *group(legs, told, reads))
    return tuple(replace(each, sentence=f"{PREFIX}{each.sentence}", part=SIZING) for each in found)


def _measured(plan: SizingPlan, found: Sizing, *, alone: bool) -> Iterator[Caution]:
    """Doubt a sweep that lacks points; one that has none makes the run invalid where it asked nothing else."""
    measured, planned = len(found.points), len(plan.points)
    if measured and measured == planned:
        return
    of_all = f"{measured or 'none'} of {fmt.plural(planned, 'size')}"
    yield Caution(
        code="arm-missing",
        severity=State.INVALID if alone and not measured else State.DOUBTFUL,
        sentence=f"{of_all} of the cache of {found.route} was measured.",
        advice="The service was too slow to fill the cache in time, or the run ended too early; measure again.",
        figure=float(measured),
        threshold=float(planned),
        operation=found.operation,
    )


def _settled(found: Sizing) -> Iterator[Caution]:
    """Doubt points whose hit ratio was still rising when they were measured; a pass over a trace is not asked."""
    rising = [] if found.of_trace else [point for point in found.points if not point.settled]
    if rising:
        first = rising[0]
        yield Caution(
            code="not-settled",
            severity=State.DOUBTFUL,
            sentence=(
                f"at {len(rising)} of {fmt.plural(len(found.points), 'point')} of {found.route} the hit ratio had "
                f"not settled when measuring began, first with {place(first)}."
            ),
            advice="Take the full profile, which warms up for longer; the replay of what was sent allows for it.",
            figure=float(len(rising)),
            threshold=0.0,
            operation=found.operation,
        )


def _as_read(plan: SizingPlan) -> Read:
    """Return what the checks of legs ask of a read's plan; the rest is not known, or differs from leg to leg."""
    return Read(
        operation=plan.operation,
        route=plan.route,
        working_set_keys=plan.working_set_keys,
        trace_share_ratio=plan.trace_share_ratio,
        capacity_rps=plan.capacity_rps,
        offered_rate_rps=0.0,
    )
