"""The blocks of a part of a run that has checks of its own, each judged by what was measured during its legs."""

from collections.abc import Sequence
from dataclasses import replace

from analysis.cautions import Caution
from analysis.manifest import Read
from analysis.run import Run
from analysis.validity.block_verdict import BlockVerdict
from analysis.validity.evidence import LegCheck, LegEvidence


def judge_part_blocks(
    run: Run, part: str, reads: Sequence[Read], checks: Sequence[LegCheck]
) -> tuple[BlockVerdict, ...]:
    """Judge every block of one part, which is also the phase of its legs, of each read that it measured."""
    samples = dict(iter(run.in_blocks(part).groupby("leg"))) if reads else {}
    found: dict[tuple[str, int], list[Caution]] = {}
    for read in reads:
        for leg in run.measured_legs(read.operation, part):
            if leg.block is None:
                continue
            rows = samples.get(leg.leg, run.samples.iloc[:0])
            evidence = LegEvidence(run=run, read=read, leg=leg, samples=rows, figures=None)
            cautions = [replace(each, part=part) for check in checks for each in check(evidence)]
            found.setdefault((read.operation, leg.block), []).extend(cautions)
    return tuple(
        BlockVerdict(operation=operation, block=block, cautions=tuple(cautions))
        for (operation, block), cautions in found.items()
    )
