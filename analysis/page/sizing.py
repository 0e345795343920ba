"""What each size of the cache was predicted to do, and did, as text."""

from dataclasses import dataclass

from analysis import format as fmt
from analysis import thresholds
from analysis.page.cautions import CautionText, caution_texts
from analysis.page.table import Notes, Table
from analysis.results import Results
from analysis.run import SIZING
from analysis.sizing import Sizing, SizingPoint
from analysis.sizing_sentence import explain_residuals, summarise_sizing

_METHOD = (
    "Each size is set on the running server through maxmemory, by bytes an entry as measured on it at about that "
    "size; forecasts are for the entries that it really held. Predicted: a replay of the server's own eviction "
    "(sampled keys, a pool of candidates, a clock of use that ticks once a second) at the point's rate, settled. "
    "Textbook: exact LRU of that size, by Che's formula, or of a trace by its stack distances. The interval is "
    "Student's t over the legs of a point; a trace is one pass from an empty cache, which has none. "
    f"A difference of more than {fmt.points(thresholds.RESIDUAL_RATIO)} is looked into by replaying the very "
    "requests that were sent."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SizingSection:
    """What is shown of one read. ``chart`` is the name of its chart."""

    route: str
    sentence: str
    residuals: tuple[str, ...]
    chart: str
    points: Table
    cautions: tuple[CautionText, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SizingPart:
    """What the report says of the sweep."""

    method: str
    sections: tuple[SizingSection, ...]


def compose_sizing(results: Results) -> SizingPart | None:
    """Write the part; None for a run that swept nothing."""
    if not results.sizing:
        return None
    return SizingPart(method=_METHOD, sections=tuple(_section(found, results) for found in results.sizing))


def _section(found: Sizing, results: Results) -> SizingSection:
    touching = tuple(
        each for each in results.cautions if each.part == SIZING and each.operation in (found.operation, None)
    )
    return SizingSection(
        route=found.route,
        sentence=summarise_sizing(found),
        residuals=tuple(explain_residuals(found)),
        chart=f"sizing_{found.operation}",
        points=_points(found),
        cautions=caution_texts(touching, {found.operation: found.route}),
    )


def _points(found: Sizing) -> Table:
    notes = Notes()
    head = (
        "policy", "size", "entries held", "rate", "measured", "predicted", "difference", "textbook LRU",
        "evictions", "memory", "p50", "p99", "database calls",
    )  # fmt: skip
    return Table(head=head, rows=tuple(_row(point, notes) for point in found.points), notes=notes.texts)


def _row(point: SizingPoint, notes: Notes) -> tuple[str, ...]:
    return (
        point.policy,
        fmt.share(point.size_ratio),
        fmt.count(point.entries_held),
        fmt.per_second(point.rate_rps),
        notes.cell(point.measured, fmt.share_estimate),
        fmt.share_tenths(point.forecast.predicted),
        fmt.signed_points(point.residual),
        fmt.share_tenths(point.forecast.textbook),
        notes.cell(point.evictions_rps, fmt.per_second_estimate),
        fmt.byte_size(point.used_memory_bytes),
        notes.cell(point.p50, fmt.duration_estimate),
        notes.cell(point.p99, fmt.duration_estimate),
        notes.cell(point.database_rps, fmt.per_second_estimate),
    )
