"""What freshness was predicted to cost, and did, as text."""

from collections.abc import Callable
from dataclasses import dataclass

from analysis import format as fmt
from analysis import thresholds
from analysis.compared import Compared
from analysis.freshness import Freshness, FreshnessCell
from analysis.freshness_doubts import DOUBTS
from analysis.freshness_plan import INVALIDATE, NONE
from analysis.freshness_residuals import describe_fit, explain_residuals
from analysis.freshness_sentence import describe_deletion, describe_races, describe_trade, summarise_freshness
from analysis.page.flags import Flag, anchors
from analysis.page.table import Notes, Table
from analysis.results import Results
from analysis.run import FRESHNESS

_SHORT = {NONE: "left", INVALIDATE: "deleted"}
_METHOD = (
    "Reads and writes come in open loops of their own, keys by the same popularity, drawn independently; a write "
    "makes a new version of its user. The cache has room for everything. Each cell begins with an empty one, is "
    "warmed up, and is measured in several legs; the interval is Student's t over these. An answer is stale when "
    "its version is below that of a write which was answered before the read was sent. A read that was sent "
    "during a write to its key counts as fresh, so that the share is low by at most the share of such reads; and "
    "a write that failed counts as none. The age of a stale answer is the time since the first write that it "
    "lacks was answered. Predicted: reads of a key and writes to it as Poisson processes, at the rates at which "
    "they were sent. Replayed: the very reads and writes that were sent, each at its time, with lifetimes drawn "
    "anew. "
    f"A difference of more than {fmt.points(thresholds.RESIDUAL_RATIO)} is looked into."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshnessSection:
    """What is shown of one read. The charts are named; ``fit`` says how far the law was off."""

    route: str
    sentence: str
    findings: tuple[str, ...]
    chart: str
    stale: Table
    ages: Table
    hit_ratio_chart: str
    fit: str
    residuals: tuple[str, ...]
    hits: Table
    servers: Table


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshnessPart:
    """What the report says of freshness."""

    method: str
    sections: tuple[FreshnessSection, ...]


def compose_freshness(results: Results) -> FreshnessPart | None:
    """Write the part; None for a run that asked nothing of freshness."""
    if not results.freshness:
        return None
    return FreshnessPart(method=_METHOD, sections=tuple(_section(found, results) for found in results.freshness))


def _section(found: Freshness, results: Results) -> FreshnessSection:
    flags = _flags(found, results)
    return FreshnessSection(
        route=found.route,
        sentence=summarise_freshness(found),
        findings=(*describe_trade(found), *describe_deletion(found), *describe_races(found)),
        chart=f"freshness_{found.operation}",
        stale=_table(found, ("answers stale", "predicted", "difference", "replayed", "in number"), _stale, flags),
        ages=_table(found, ("age p50", "predicted", "p99", "predicted", "oldest", "during a write"), _ages),
        hit_ratio_chart=f"time_to_live_{found.operation}",
        fit=describe_fit(found),
        residuals=tuple(explain_residuals(found)),
        hits=_table(found, ("hit ratio", "predicted", "difference", "replayed", "reads", "writes"), _hits, flags),
        servers=_table(found, ("database calls", "predicted", "of writes", "p50", "p99"), _servers),
    )


Cells = Callable[[FreshnessCell, Notes], tuple[str, ...]]


def _table(
    found: Freshness, head: tuple[str, ...], cells: Cells, flags: tuple[tuple[Flag, ...], ...] = ()
) -> Table:
    """Make a table with a row for each cell of the run, named by its setting."""
    notes = Notes()
    rows = tuple((_name(cell), *cells(cell, notes)) for cell in found.cells)
    return Table(head=("setting", *head), rows=rows, notes=notes.texts, flags=flags)


def _name(cell: FreshnessCell) -> str:
    """Return a setting in the fewest words: how long entries live, what is written, what becomes of them then."""
    ttl = fmt.span(cell.ttl_s)
    if not cell.write_rate_rps:
        return f"{ttl}, no writes"
    return f"{ttl}, {cell.write_rate_rps:.3g}/s, {_SHORT.get(cell.policy, cell.policy)}"


def _stale(cell: FreshnessCell, notes: Notes) -> tuple[str, ...]:
    return (*_compared(cell.stale_ratio, notes), fmt.count(cell.stale))


def _ages(cell: FreshnessCell, notes: Notes) -> tuple[str, ...]:
    ages = cell.ages
    return (
        notes.cell(ages.p50, fmt.duration_estimate),
        _age(cell, ages.predicted_p50_s),
        notes.cell(ages.p99, fmt.duration_estimate),
        _age(cell, ages.predicted_p99_s),
        notes.cell(ages.longest, fmt.duration_estimate),
        fmt.share(cell.under_way_ratio),
    )


def _age(cell: FreshnessCell, predicted_s: float | None) -> str:
    """Return an age as it was predicted; the law may have none, since it has no stale answer."""
    return "none" if cell.stale_ratio.predicted == 0 else fmt.duration(predicted_s)


def _hits(cell: FreshnessCell, notes: Notes) -> tuple[str, ...]:
    return (*_compared(cell.hit_ratio, notes), fmt.count(cell.requests), fmt.count(cell.writes))


def _servers(cell: FreshnessCell, notes: Notes) -> tuple[str, ...]:
    return (
        notes.cell(cell.database_rps.measured, fmt.per_second_estimate),
        fmt.per_second(cell.database_rps.predicted),
        notes.cell(cell.database_writes_rps.measured, fmt.per_second_estimate),
        notes.cell(cell.p50, fmt.duration_estimate),
        notes.cell(cell.p99, fmt.duration_estimate),
    )


def _compared(figure: Compared, notes: Notes) -> tuple[str, ...]:
    return (
        notes.cell(figure.measured, fmt.share_estimate),
        fmt.share_tenths(figure.predicted),
        fmt.signed_points(figure.residual),
        fmt.share_tenths(figure.replayed),
    )


def _flags(found: Freshness, results: Results) -> tuple[tuple[Flag, ...], ...]:
    """Return the doubts about each cell beside it; empty where there is none."""
    places = anchors(results.cautions)
    codes = {
        each.code: Flag(each.code, places[each.code, each.sentence])
        for each in results.cautions
        if each.part == FRESHNESS and each.operation == found.operation
    }
    doubted = [doubt for doubt in DOUBTS if doubt.code in codes]
    if not doubted:
        return ()
    return tuple(
        tuple(codes[doubt.code] for doubt in doubted if doubt.touches(found, cell)) for cell in found.cells
    )
