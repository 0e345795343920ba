"""A table of the report: cells as text, and the notes at its foot."""

from dataclasses import dataclass

from analysis.estimates import Estimate
from analysis.format import Formatter
from analysis.page.flags import Flag


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table: the head, and rows whose first cell is their name. Cells refer to ``notes`` as [1], [2].

    ``flags`` are those of each row, in order; empty where no row has any.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    flags: tuple[tuple[Flag, ...], ...] = ()


class Notes:
    """The notes at the foot of one table, each given once, in the order in which cells refer to them."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    @property
    def texts(self) -> tuple[str, ...]:
        """The notes, numbered."""
        return tuple(f"[{number}] {note}" for note, number in self._numbers.items())

    def cell(self, estimate: Estimate, show: Formatter) -> str:
        """Return the text of a cell, with the number of its note where it has one."""
        if not estimate.note:
            return show(estimate)
        number = self._numbers.setdefault(estimate.note, len(self._numbers) + 1)
        return f"{show(estimate)} [{number}]"
