"""Where the paired t interval and the exact sign-flip test of the same blocks do not say the same."""

from collections.abc import Iterator

from analysis import format as fmt
from analysis.cautions import Caution, State
from analysis.reads import ReadResult
from analysis.thresholds import WORTHWHILE_RATIO
from analysis.validity.evidence import Evidence


def both_judges_agree(evidence: Evidence) -> Iterator[Caution]:
    """Caution where the two disagree on whether the cache pays, or on whether it changes anything at all."""
    return disagreements(evidence.result)


def disagreements(result: ReadResult) -> Iterator[Caution]:
    """Yield a caution for each limit that one interval holds and the other does not."""
    bounds, test = result.speed_up.mean.bounds, result.second_opinion["mean"].bounds
    if bounds is None or test is None:
        return
    for ratio in (WORTHWHILE_RATIO, 1.0):
        holds, stands = (low <= ratio <= high for low, high in (bounds, test))
        if holds == stands:
            continue
        verb, other = ("holds", "rejects") if holds else ("leaves out", "lets stand")
        yield Caution(
            code="second-opinion",
            severity=State.DOUBTFUL,
            sentence=(
                f"Two judges of the same blocks disagree: the t interval of the mean's speed-up ({_ends(bounds)}) "
                f"{verb} {fmt.ratio(ratio)}, which the exact sign-flip test ({_ends(test)}) {other}."
            ),
            advice="It hangs on one block or two which way this falls; measure more before deciding anything.",
            figure=min(test, key=lambda end: abs(end - ratio)),
            threshold=ratio,
            operation=result.operation,
        )


def _ends(bounds: tuple[float, float]) -> str:
    """Return both ends to a thousandth, since it is about which side of a limit they lie on."""
    low, high = bounds
    return f"{low:,.3f}{fmt.EN_DASH}{high:,.3f}"
