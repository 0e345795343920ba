"""A caution: doubt as a value, shown beside the number it touches; and what all of them make of a run."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """What a block or a run is worth. An invalid run has no verdict, an invalid block no part in the estimates."""

    VALID = "valid"
    DOUBTFUL = "doubtful"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caution:
    """One reason to doubt a block or a run, or to throw it away.

    Attributes:
        code: Stable name of the reason, for programs.
        severity: What the run is worth with it.
        sentence: What was found, with its numbers.
        advice: What to do about it.
        figure: The number that was judged, None where it is not one number.
        threshold: The limit it was held to, in the same unit.
        operation: The read it touches; None for all of them.
        block: The block it was found in; None where it is about more than one. What is invalid in one block
            is left out with that block, what is invalid without a block takes the whole run with it.
        arm: The arm it was found in; None where it is about more than one.
        part: The part of the run it is about, where that is not the comparison of the reads.
    """

    code: str
    severity: State
    sentence: str
    advice: str
    figure: float | None
    threshold: float | None
    operation: str | None
    block: int | None = None
    arm: str | None = None
    part: str | None = None


def worst(cautions: Iterable[Caution]) -> State:
    """Return what something is worth: the worst of its cautions."""
    severities = {caution.severity for caution in cautions}
    return next((state for state in (State.INVALID, State.DOUBTFUL) if state in severities), State.VALID)
