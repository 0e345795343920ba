"""What kinds of requests a run holds, so that an export can be asked for what is there."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from analysis.blocks import HIT, MISS
from analysis.errors import AnalysisError
from analysis.export.pieces import pieces
from analysis.export.selection import COLUMNS, Selection, select


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """How many requests there are of each phase, operation, arm and outcome."""

    folder: Path
    counts: Counter[tuple[str, ...]]

    def count(self, selection: Selection) -> int:
        """Return how many requests a selection takes."""
        wanted = selection.conditions()
        return sum(
            count
            for kind, count in self.counts.items()
            if wanted.items() <= dict(zip(COLUMNS, kind, strict=True)).items()
        )

    def require(self, selection: Selection) -> None:
        """Check that a selection takes a request.

        Raises:
            AnalysisError: It takes none; the message names what the run holds.
        """
        if not self.count(selection):
            choices = "; ".join(f"{name}: {', '.join(self._values(name))}" for name in COLUMNS)
            raise AnalysisError(f"{self.folder} holds no request of {selection}; it holds {choices}")

    def populations(self, selection: Selection) -> list[tuple[str, Selection]]:
        """Split a selection by read and population; each under its name, such as ``similar-hit``."""
        reads = [selection.operation] if selection.operation else self._values("operation")
        chosen = selection.outcome or selection.arm
        names = [chosen] if chosen else [HIT, MISS, *self._values("arm")]
        parts = [(f"{read}-{name}", select(selection.phase, read, name)) for read in reads for name in names]
        return [(name, part) for name, part in parts if self.count(part)]

    def _values(self, column: str) -> list[str]:
        place = COLUMNS.index(column)
        return sorted({kind[place] for kind in self.counts})


def read_contents(folder: Path) -> Contents:
    """Count what a run folder holds.

    Raises:
        RunError: There are no samples, or a file cannot be read.
    """
    counts: Counter[tuple[str, ...]] = Counter()
    for table in pieces(folder, Selection(), COLUMNS):
        grouped = table.group_by(list(COLUMNS)).aggregate([([], "count_all")])
        for row in grouped.to_pylist():
            counts[tuple(row[name] for name in COLUMNS)] += row["count_all"]
    return Contents(folder=folder, counts=counts)
