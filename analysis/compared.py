"""A quantity as it was measured, beside what a law and a replay of the very requests had it to be."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from analysis.estimates import Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One quantity; all of it in the unit of what was measured.

    Attributes:
        predicted: By the law; None where there is none.
        replayed: By replays of what was sent, their mean; None where nothing could be replayed.
        replay_spread: Standard deviation of those replays, which differ in what the server draws at random.
        residual: Measured less predicted; None where either is unknown.
    """

    measured: Estimate
    predicted: float | None
    replayed: float | None
    replay_spread: float | None
    residual: float | None


def compare(measured: Estimate, predicted: float | None, replays: Sequence[float] = ()) -> Compared:
    """Set what was measured against what was predicted, and against any number of replays."""
    return Compared(
        measured=measured,
        predicted=predicted,
        replayed=statistics.fmean(replays) if replays else None,
        replay_spread=statistics.stdev(replays) if len(replays) > 1 else None,
        residual=residual(measured, predicted),
    )


def residual(measured: Estimate, predicted: float | None) -> float | None:
    """Return measured less predicted; None where either is unknown."""
    return None if measured.value is None or predicted is None else measured.value - predicted
