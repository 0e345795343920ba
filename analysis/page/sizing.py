"""What each size of the cache was predicted to do, and did, as text."""

from dataclasses import dataclass

from analysis import format as fmt
from analysis import thresholds
from analysis.page.flags import Flag, anchors
from analysis.page.table import Notes, Table
from analysis.results import Results
from analysis.run import SIZING
from analysis.sizing import Sizing, SizingPoint
from analysis.sizing_answer import answer_sizing
from analysis.sizing_sentence import explain_residuals, summarise_sizing

_METHOD = (
    "Each size is set on the running server through maxmemory, by bytes an entry as measured on it at about that "
    "size; forecasts are for the entries that it really held. Predicted: a replay of the server's own eviction "
    "(sampled keys, a pool of candidates, a clock of use that ticks once a second) at the point's rate, settled. "
    "Textbook: exact LRU of that size, by Che's formula, or of a trace by its stack distances. Where writes went "
    "on beside the reads, the replays delete what these deleted; the textbook knows of none. The interval is "
    "Student's t over the legs of a point; a trace is passed over once, from an empty cache, and has none. "
    f"A difference of more than {fmt.points(thresholds.RESIDUAL_RATIO)} is looked into by replaying the very "
    "requests that were sent."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SizingSection:
    """What is shown of one read. ``chart`` is the name of its chart; ``setting`` is what all its points share."""

    route: str
    answer: str | None
    sentence: str
    setting: str
    residuals: tuple[str, ...]
    chart: str
    points: Table
    servers: Table


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
    return SizingSection(
        route=found.route,
        answer=answer_sizing(found),
        sentence=summarise_sizing(found),
        setting=_setting(found),
        residuals=tuple(explain_residuals(found)),
        chart=f"sizing_{found.operation}",
        points=_points(found, results),
        servers=_servers(found),
    )


def _setting(found: Sizing) -> str:
    """Say over what working set the points are, and what they have in common."""
    policies = {point.policy for point in found.points}
    rates = {point.offered_rate_rps for point in found.points}
    parts = [f"Sizes are shares of a working set of {fmt.count(found.working_set_keys)} keys"]
    if len(policies) == 1:
        parts.append(f"policy {policies.pop()}")
    if len(rates) == 1:
        rate_rps = rates.pop()
        parts.append("flat out" if rate_rps is None else f"{fmt.per_second(rate_rps)} offered")
    if found.of_trace and found.points and found.pass_requests is not None:
        replayed = fmt.count(found.points[0].requests)
        parts.append(f"{replayed} of the {fmt.count(found.pass_requests)} requests of the trace, in order")
    return f"{'; '.join(parts)}."


def _points(found: Sizing, results: Results) -> Table:
    """Return the hit ratio of each point beside what it was expected to be."""
    notes = Notes()
    head = (
        "size",
        "measured",
        "predicted",
        "difference",
        "textbook LRU",
        "entries",
        "maxmemory",
        *_varying(found),
    )
    return Table(
        head=head,
        rows=tuple(_row(point, found, notes) for point in found.points),
        notes=notes.texts,
        flags=_flags(found, results),
    )


def _servers(found: Sizing) -> Table:
    """Return what each point asked of the servers, and how long its answers took."""
    notes = Notes()
    head = (
        "size",
        "evictions",
        "memory in use",
        "bytes an entry",
        "p50",
        "p99",
        "database calls",
        *_varying(found),
    )
    rows = tuple(
        (
            fmt.share(point.size_ratio),
            notes.cell(point.evictions_rps, fmt.per_second_estimate),
            fmt.byte_size(point.used_memory_bytes),
            fmt.count(point.entry_bytes),
            notes.cell(point.p50, fmt.duration_estimate),
            notes.cell(point.p99, fmt.duration_estimate),
            notes.cell(point.database_rps, fmt.per_second_estimate),
            *_varied(point, found),
        )
        for point in found.points
    )
    return Table(head=head, rows=rows, notes=notes.texts)


def _varying(found: Sizing) -> tuple[str, ...]:
    """Return the columns for what differs from point to point: a column of equal cells says nothing."""
    several = {
        "policy": len({point.policy for point in found.points}) > 1,
        "rate": len({point.offered_rate_rps for point in found.points}) > 1,
    }
    return tuple(name for name, differs in several.items() if differs)


def _row(point: SizingPoint, found: Sizing, notes: Notes) -> tuple[str, ...]:
    return (
        fmt.share(point.size_ratio),
        notes.cell(point.measured, fmt.share_estimate),
        fmt.share_tenths(point.forecast.predicted),
        fmt.signed_points(point.residual),
        fmt.share_tenths(point.forecast.textbook),
        fmt.count(point.entries_held),
        fmt.byte_size(point.maxmemory_bytes),
        *_varied(point, found),
    )


def _varied(point: SizingPoint, found: Sizing) -> tuple[str, ...]:
    cells = {"policy": point.policy, "rate": fmt.per_second(point.rate_rps)}
    return tuple(cells[name] for name in _varying(found))


def _flags(found: Sizing, results: Results) -> tuple[tuple[Flag, ...], ...]:
    """Return the doubt about each point beside it; empty where there is none."""
    places = anchors(results.cautions)
    rising = next(
        (
            Flag(each.code, places[each.code, each.sentence])
            for each in results.cautions
            if each.part == SIZING and each.code == "not-settled" and each.operation == found.operation
        ),
        None,
    )
    if rising is None:
        return ()
    return tuple(() if point.settled else (rising,) for point in found.points)
