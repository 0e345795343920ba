"""A caution: doubt as a value, shown beside the number it touches; and what all of them make of a run."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """What a run is worth. An invalid one has no verdict."""

    VALID = "valid"
    DOUBTFUL = "doubtful"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caution:
    """One reason to doubt a run, or to throw it away.

    Attributes:
        code: Stable name of the reason, for programs.
        severity: What the run is worth with it.
        sentence: What was found, with its numbers.
        advice: What to do about it.
        figure: The number that was judged, None where it is not one number.
        threshold: The limit it was held to, in the same unit.
        operation: The read it touches; None for all of them.
    """

    code: str
    severity: State
    sentence: str
    advice: str
    figure: float | None
    threshold: float | None
    operation: str | None


def worst(cautions: Iterable[Caution]) -> State:
    """Return what a run is worth: the worst of its cautions."""
    severities = {caution.severity for caution in cautions}
    return next((state for state in (State.INVALID, State.DOUBTFUL) if state in severities), State.VALID)
