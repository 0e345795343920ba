"""Which requests of a run an export takes."""

from dataclasses import dataclass

from analysis.blocks import CACHED, HIT, MISS

COLUMNS = ("phase", "operation", "arm", "outcome")
"""What requests are chosen by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Requests of one phase, read, arm and outcome, where these are given; else of all."""

    phase: str | None = None
    operation: str | None = None
    arm: str | None = None
    outcome: str | None = None

    def conditions(self) -> dict[str, str]:
        """Return the columns that must hold a value."""
        values = (self.phase, self.operation, self.arm, self.outcome)
        return {name: value for name, value in zip(COLUMNS, values, strict=True) if value is not None}

    def __str__(self) -> str:
        return ", ".join(f"{name} {value}" for name, value in self.conditions().items()) or "any kind"


def select(phase: str | None, operation: str | None, population: str | None) -> Selection:
    """Select a population: hit and miss are outcomes of the cached arm, any other name is an arm's."""
    if population in (HIT, MISS):
        return Selection(phase=phase, operation=operation, arm=CACHED, outcome=population)
    return Selection(phase=phase, operation=operation, arm=population)
