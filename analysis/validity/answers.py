"""Were the answers good, and did the cached arm's come through the cache?"""

from collections.abc import Iterator

from analysis import format as fmt
from analysis import thresholds
from analysis.blocks import CACHED
from analysis.cautions import Caution, State
from analysis.validity.evidence import Evidence, LegEvidence

_LOOK = "Look at the services' logs; a lower rate or a longer time-out may do."


def few_failures_in_block(evidence: LegEvidence) -> Iterator[Caution]:
    """Doubt a leg in which requests failed."""
    failed = int(evidence.samples["failed"].sum())
    if failed:
        total = len(evidence.samples)
        yield evidence.doubt(
            "failures",
            f"{failed:,} of {total:,} requests failed ({fmt.share(failed / total)})",
            _LOOK,
            figure=failed / total,
            threshold=0.0,
        )


def few_failures(evidence: Evidence) -> Iterator[Caution]:
    """Doubt a read of which requests failed; throw the run away when they were many."""
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
        _LOOK,
        figure=failed / total,
        threshold=thresholds.FAILURES_INVALID_RATIO if invalid else 0.0,
    )


def _outcomes_of(evidence: Evidence) -> str:
    failed = evidence.samples[evidence.samples["failed"]]["outcome"].astype(str).value_counts()
    return fmt.listing([f"{amount:,} {outcome}" for outcome, amount in failed.items()])


def cache_took_part(evidence: Evidence) -> Iterator[Caution]:
    """Doubt a read whose cached arm has answers that passed the cache by, or do not say what it did."""
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
            arm=CACHED,
        )
    if untold:
        yield evidence.caution(
            "untold",
            State.DOUBTFUL,
            f"{untold:,} of {len(cached):,} answers of the cached arm do not say what the cache did.",
            "Have the service send Cache-Status (RFC 9211); hits are never guessed from latency.",
            figure=float(untold),
            threshold=0.0,
            arm=CACHED,
        )
