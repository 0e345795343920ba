"""Cautions of blocks → cautions of the run: the same reason in many blocks is one sentence, that of the worst."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from analysis import format as fmt
from analysis import thresholds
from analysis.cautions import Caution, State
from analysis.manifest import Read
from analysis.validity.block_verdict import BlockVerdict
from analysis.validity.evidence import place


def group(verdicts: Sequence[BlockVerdict], told: Sequence[Caution], reads: Sequence[Read]) -> Iterator[Caution]:
    """Yield one caution for each reason of the blocks that are kept, and for what takes the whole run.

    A reason that every read has is given once for all of them, any other once for each read that has it.

    Args:
        verdicts: Those of all blocks.
        told: Cautions of whole reads; a reason that one of them gives is not given again for its blocks.
        reads: All reads of the run.
    """
    kept = [each for each in verdicts if not each.left_out]
    cautions = [
        each
        for verdict in verdicts
        for each in verdict.cautions
        if (not verdict.left_out or each.block is None) and not _told(each, told)
    ]
    routes = {read.operation: read.route for read in reads}
    for code in _codes(cautions):
        same = [each for each in cautions if each.code == code]
        operations = list(dict.fromkeys(each.operation for each in same))
        if len(routes) > 1 and set(operations) == set(routes):
            yield _summary(same, len(kept), routes)
            continue
        for operation in operations:
            own = [each for each in same if each.operation == operation]
            yield _summary(own, sum(each.operation == operation for each in kept), {})


def blocks_left_out(verdicts: Sequence[BlockVerdict], reads: Sequence[Read]) -> Iterator[Caution]:
    """Yield a caution for each read that lost blocks; it takes the run with it where too few remain."""
    for read in reads:
        own = [each for each in verdicts if each.operation == read.operation]
        lost = [each for each in own if each.left_out]
        if not lost:
            continue
        kept = len(own) - len(lost)
        few = kept < thresholds.MINIMUM_KEPT_BLOCKS or len(lost) / len(own) > thresholds.LEFT_OUT_RATIO
        reasons = [each for block in lost for each in block.cautions if each.severity is State.INVALID]
        by_code = {code: [each for each in reasons if each.code == code] for code in _codes(reasons)}
        summaries = [_summary(same, len(own), {}) for same in by_code.values()]
        yield Caution(
            code="blocks-left-out",
            severity=State.INVALID if few else State.DOUBTFUL,
            sentence=" ".join(
                [
                    f"{len(lost)} of {fmt.plural(len(own), 'block')} "
                    f"{'is' if len(lost) == 1 else 'are'} left out of every estimate"
                    f"{', and too few remain' if few else ''}.",
                    *(summary.sentence for summary in summaries),
                ]
            ),
            advice=" ".join(dict.fromkeys(summary.advice for summary in summaries)),
            figure=len(lost) / len(own),
            threshold=thresholds.LEFT_OUT_RATIO if few else 0.0,
            operation=read.operation,
            block=lost[0].block if len(lost) == 1 and not few else None,
        )


def _told(caution: Caution, told: Sequence[Caution]) -> bool:
    return any(
        each.code == caution.code and each.operation == caution.operation and each.arm in (caution.arm, None)
        for each in told
    )


def _codes(cautions: Sequence[Caution]) -> list[str]:
    return list(dict.fromkeys(each.code for each in cautions))


def _summary(same: Sequence[Caution], blocks: int, routes: Mapping[str, str]) -> Caution:
    """Return the worst of some cautions with one code, saying in how many of so many blocks there was one.

    ``routes`` is empty for those of one read, else it names the reads.
    """
    worst = max(same, key=_excess)
    arms = {each.arm for each in same}
    arm = worst.arm if len(arms) == 1 else None
    if worst.block is None:
        more = f" So do those of {fmt.plural(len(same) - 1, 'more leg')}." if len(same) > 1 else ""
        return replace(worst, sentence=worst.sentence + more, arm=arm)
    touched = len({(each.operation, each.block) for each in same})
    if touched == 1:
        return replace(worst, arm=arm)
    how_many = f"all {blocks}" if touched == blocks else f"{touched} of {blocks}"
    route = f" of {routes[worst.operation]}" if routes and worst.operation is not None else ""
    where = "" if worst.figure is None else f", worst in block {worst.block}{route} ({worst.arm} arm)"
    clause = worst.sentence.removeprefix(place(worst.block, worst.arm))
    return replace(
        worst,
        sentence=f"In {how_many} blocks{where}: {clause}",
        operation=None if routes else worst.operation,
        block=None,
        arm=arm,
    )


def _excess(caution: Caution) -> float:
    """Return how far a figure is beyond its threshold, relative to that where it is not 0."""
    if caution.figure is None or caution.threshold is None:
        return 0.0
    return abs(caution.figure - caution.threshold) / (caution.threshold or 1.0)
