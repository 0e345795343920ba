"""Is everything there that a verdict needs: samples, both arms, and enough blocks?"""

from collections.abc import Iterator

from analysis import format as fmt
from analysis import thresholds
from analysis.blocks import ARMS
from analysis.cautions import Caution, State
from analysis.run import AA, CALIBRATE, CAPACITY, FRESHNESS, SIZING, Run
from analysis.validity.evidence import Evidence

_OTHERS = (AA, CALIBRATE, CAPACITY, SIZING, FRESHNESS)


def samples_exist(run: Run) -> Iterator[Caution]:
    """Throw away a run in which nothing was measured."""
    # A run may have calibrated the lab, or set it against itself, and compared nothing.
    if run.measured.empty and (run.manifest.reads or not run.has_phase(*_OTHERS)):
        yield Caution(
            code="no-samples",
            severity=State.INVALID,
            sentence="The run holds no measured request.",
            advice="It ended before its first block; measure again.",
            figure=0.0,
            threshold=1.0,
            operation=None,
        )


def both_arms_measured(evidence: Evidence) -> Iterator[Caution]:
    """Throw the run away when a read has nothing to compare."""
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


def samples_complete(evidence: Evidence) -> Iterator[Caution]:
    """Throw the run away when requests were made whose samples are not there."""
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


def enough_blocks(evidence: Evidence) -> Iterator[Caution]:
    """Doubt a read with so few blocks that its interval hangs on each."""
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
