"""What the lab can tell apart, as text."""

from dataclasses import dataclass

from analysis import format as fmt
from analysis.calibration import Calibration
from analysis.page.table import Notes, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationPart:
    """What the report says of the lab's own error."""

    sentence: str
    method: str
    table: Table


def compose_calibration(calibration: Calibration | None) -> CalibrationPart | None:
    """Write the part; None for a run without calibration."""
    if calibration is None:
        return None
    return CalibrationPart(sentence=calibration.sentence, method=_method(calibration), table=_table(calibration))


def _method(calibration: Calibration) -> str:
    connections = calibration.connections
    over = "" if connections is None else f" over {fmt.plural(connections, 'connection')}"
    return (
        f"{fmt.count(calibration.requests)} requests at {fmt.rate(calibration.rate_rps)}{over}, in "
        f"{fmt.plural(calibration.blocks, 'block')} of two arms that are the same, went to a server of the lab's "
        "own that answers at once. Service time there is what connection, parser and event loop add to every time "
        "in this report. What differs between the arms is the lab's own doing: the difference seen plus the "
        "half-width of its interval is the most that it may be, and a read whose arms differ by less is called "
        "undecided."
    )


def _table(calibration: Calibration) -> Table:
    notes = Notes()
    named = (
        ("service time, p50", calibration.floor_p50_s),
        ("service time, p99", calibration.floor_p99_s),
        ("lag, p50", calibration.lag_p50_s),
        ("lag, p99", calibration.lag_p99_s),
        ("mean response time, one arm less the other", calibration.difference_s),
    )
    rows = tuple((name, notes.cell(estimate, fmt.duration_estimate)) for name, estimate in named)
    smallest = ("smallest difference told apart", fmt.duration(calibration.resolution_s))
    return Table(head=("of a server that answers at once", "time"), rows=(*rows, smallest), notes=notes.texts)
