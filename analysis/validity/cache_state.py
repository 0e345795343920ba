"""Was there one hit ratio to speak of? It had settled before the blocks, and stayed over them and within each."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis import format as fmt
from analysis import thresholds
from analysis.blocks import CACHED, HIT, MISS
from analysis.cautions import Caution, State
from analysis.reads import hit_ratios
from analysis.validity.evidence import Evidence, LegEvidence

_MOMENTS = (0.25, 0.5, 0.75)
"""Where a leg is cut in two: halves alone hardly show a cache that was emptied near either end."""

_FEWEST = 20
"""Look-ups on either side of a cut; below that the normal approximation of a share does not hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """The hit ratio before and after a moment of a leg, and how much of a difference is let pass."""

    moment: float
    before: float
    after: float
    limit: float

    @property
    def size(self) -> float:
        return abs(self.after - self.before)


def settled(evidence: Evidence) -> Iterator[Caution]:
    """Doubt a read whose cache was still filling when its first block began."""
    warm_up = evidence.read.warm_up
    if warm_up is not None and not warm_up.settled:
        yield evidence.caution(
            "not-settled",
            State.DOUBTFUL,
            "The hit ratio was still moving when the warm-up ended: early blocks had a colder cache.",
            "Warm up for longer, or choose a smaller working set.",
            arm=CACHED,
        )


def steady(evidence: Evidence) -> Iterator[Caution]:
    """Doubt a read whose hit ratio was another at the end than at the beginning."""
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
            arm=CACHED,
        )


def steady_within(evidence: LegEvidence) -> Iterator[Caution]:
    """Doubt a leg whose hit ratio changed in its midst, as by a flush; it takes no counter to see that."""
    looked_up = evidence.samples[evidence.samples["outcome"].isin((HIT, MISS))]
    if evidence.leg.treatment != CACHED or len(looked_up) < 2 * _FEWEST:
        return
    ordered = looked_up.sort_values("intended_ns", kind="stable")
    change = _greatest_change((ordered["outcome"] == HIT).to_numpy())
    if change is not None and change.size > change.limit:
        yield evidence.doubt(
            "drift-within",
            f"the hit ratio changed in its midst, from {fmt.share(change.before)} to {fmt.share(change.after)} "
            f"about {fmt.share(change.moment)} into it, where {fmt.share(change.limit)} of difference is let pass",
            "Look for what fills or empties the cache (a flush, a restart of Redis, another client).",
            figure=change.size,
            threshold=change.limit,
        )


def _greatest_change(hits: NDArray[np.bool_]) -> _Change | None:
    """Return the change at the moment where it exceeds its limit the most, relative to that.

    References:
        The standard error is that of two independent shares with the pooled one for both (Agresti, Categorical
        Data Analysis, 3rd edition, 2013, section 3.1).
    """
    pooled = float(hits.mean())
    changes = []
    for moment in _MOMENTS:
        cut = round(moment * hits.size)
        if min(cut, hits.size - cut) < _FEWEST:
            continue
        error = math.sqrt(pooled * (1 - pooled) * (1 / cut + 1 / (hits.size - cut)))
        limit = max(thresholds.DRIFT_WITHIN_RATIO, thresholds.DRIFT_WITHIN_ERRORS * error)
        before, after = float(hits[:cut].mean()), float(hits[cut:].mean())
        changes.append(_Change(moment=moment, before=before, after=after, limit=limit))
    return max(changes, key=lambda change: change.size / change.limit, default=None)
