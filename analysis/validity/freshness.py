"""Whether what was found of freshness is to be believed: its legs, and then the cells that are kept.

As of a sweep over sizes, late requests and busy processors are no reason to doubt it. What it stands on is that
every write is known, that reads and writes share a clock, and that entries had come and gone before.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from analysis import format as fmt
from analysis import thresholds
from analysis.cautions import Caution, State
from analysis.freshness import Freshness
from analysis.freshness_doubts import DOUBTS
from analysis.freshness_plan import FreshnessPlan
from analysis.freshness_sentence import place
from analysis.manifest import Read
from analysis.run import FRESHNESS, Run
from analysis.validity import conservation, generator, redis
from analysis.validity.block_verdict import BlockVerdict
from analysis.validity.evidence import LegCheck, LegEvidence
from analysis.validity.grouping import blocks_left_out, group
from analysis.validity.part_blocks import judge_part_blocks

PREFIX = "Freshness: "
"""How each of their sentences begins, since a run may have compared the same read too."""


def judge_freshness_legs(run: Run) -> tuple[BlockVerdict, ...]:
    """Judge every leg of every cell, each a block of its own, by what was measured during it."""
    return judge_part_blocks(run, FRESHNESS, _reads(run), LEG_CHECKS)


def judge_freshness(run: Run, found: Sequence[Freshness], legs: Sequence[BlockVerdict]) -> tuple[Caution, ...]:
    """Return every caution: those of the reads, then those of their legs, each reason once."""
    reads = _reads(run)
    told = [caution for each in found for check in _CHECKS for caution in check(each)]
    cautions = (*blocks_left_out(legs, reads), *told, *group(legs, told, reads))
    return tuple(replace(each, sentence=f"{PREFIX}{each.sentence}", part=FRESHNESS) for each in cautions)


def samples_complete(evidence: LegEvidence) -> Iterator[Caution]:
    """Leave out a leg of which reads or writes are missing: an unknown write makes stale answers look fresh."""
    leg = evidence.leg
    writes = int((evidence.run.writes["leg"] == leg.leg).sum())
    for what, held, sent in (("reads", len(evidence.samples), leg.requests), ("writes", writes, leg.writes or 0)):
        if held < sent and not leg.lost_workers:
            yield evidence.doubt(
                "samples-lost",
                f"{sent:,} {what} were sent, but only {held:,} samples of them are there",
                "A worker died or its file was cut off; measure again.",
                figure=float(held),
                threshold=float(sent),
                severity=State.INVALID,
            )


LEG_CHECKS: tuple[LegCheck, ...] = (
    generator.worker_lost,
    samples_complete,
    redis.nobody_else_asked,
    conservation.conserved,
    redis.nothing_evicted_unplanned,
    redis.nobody_rejected,
)


def _measured(found: Freshness) -> Iterator[Caution]:
    if not found.cells:
        yield _caution(
            found,
            "arm-missing",
            f"no time to live of {found.route} was measured.",
            "The run ended too early; measure again.",
            figures=(0.0, 1.0),
            severity=State.INVALID,
        )


def _versions_known(found: Freshness) -> Iterator[Caution]:
    """Doubt a read whose answers do not say their version: what is stale is then not known."""
    untold = [cell for cell in found.cells if cell.stale_ratio.measured.count < cell.requests]
    lacking = sum(cell.requests - cell.stale_ratio.measured.count for cell in untold)
    asked = sum(cell.requests for cell in found.cells)
    if asked and lacking / asked > thresholds.UNTOLD_VERSIONS_RATIO:
        yield _caution(
            found,
            "untold-versions",
            f"{lacking:,} of {asked:,} answers of {found.route} failed or do not say their version: whether they "
            "were stale is not known.",
            "Have the service send an ETag made from the row's version.",
            figures=(lacking / asked, thresholds.UNTOLD_VERSIONS_RATIO),
        )


def _clocks_agree(found: Freshness) -> Iterator[Caution]:
    """Throw the run away whose answers come from the future, or whose database answers with the past."""
    impossible = sum(cell.impossible for cell in found.cells)
    if impossible:
        yield _caution(
            found,
            "clocks",
            f"{fmt.plural(impossible, 'answer')} of {found.route} cannot have come when the clock has them: of a "
            "version that was written only later, or fetched from the database after a write that they lack.",
            "Reads and writes must be timed by one clock, and nothing else may write to these users.",
            figures=(float(impossible), 0.0),
            severity=State.INVALID,
        )


def _cells_doubted(found: Freshness) -> Iterator[Caution]:
    """Yield one caution for all cells that give the same reason, with the figure of the furthest."""
    for doubt in DOUBTS:
        figures = {place(cell): doubt.figure(found, cell) for cell in found.cells if doubt.touches(found, cell)}
        if not figures:
            continue
        furthest = max(figures, key=lambda where: abs(figures[where] - doubt.threshold))
        figure = figures[furthest]
        yield _caution(
            found,
            doubt.code,
            f"in {len(figures)} of {fmt.plural(len(found.cells), 'cell')} of {found.route} {doubt.what}, furthest "
            f"{furthest}.",
            doubt.advice,
            figures=(figure if math.isfinite(figure) else None, doubt.threshold),
        )


_CHECKS = (_measured, _versions_known, _clocks_agree, _cells_doubted)


def _caution(
    found: Freshness,
    code: str,
    sentence: str,
    advice: str,
    *,
    figures: tuple[float | None, float],
    severity: State = State.DOUBTFUL,
) -> Caution:
    figure, threshold = figures
    return Caution(
        code=code,
        severity=severity,
        sentence=sentence,
        advice=advice,
        figure=figure,
        threshold=threshold,
        operation=found.operation,
    )


def _reads(run: Run) -> list[Read]:
    return [_as_read(plan) for plan in run.manifest.freshness]


def _as_read(plan: FreshnessPlan) -> Read:
    """Return what the checks of legs ask of a read's plan: the cache is to hold every key that is asked for."""
    return Read(
        operation=plan.operation,
        route=plan.route,
        working_set_keys=plan.working_set_keys,
        trace_share_ratio=plan.trace_share_ratio,
        cache_entries_planned=plan.working_set_keys,
        capacity_rps=None,
        offered_rate_rps=plan.offered_rate_rps,
    )
