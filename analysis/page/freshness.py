"""What freshness was predicted to cost, and did, as text."""

from dataclasses import dataclass

from analysis import format as fmt
from analysis import thresholds
from analysis.freshness import Freshness, FreshnessCell
from analysis.freshness_residuals import describe_fit, explain_residuals
from analysis.freshness_sentence import (
    describe_deletion,
    describe_races,
    describe_trade,
    policy_in_words,
    summarise_freshness,
)
from analysis.page.cautions import CautionText, caution_texts
from analysis.page.table import Notes, Table
from analysis.results import Results
from analysis.run import FRESHNESS

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
    """What is shown of one read. ``charts`` are the names of its charts."""

    route: str
    sentence: str
    findings: tuple[str, ...]
    fit: str
    residuals: tuple[str, ...]
    charts: tuple[str, ...]
    hits: Table
    stale: Table
    cautions: tuple[CautionText, ...]


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
    touching = tuple(
        each for each in results.cautions if each.part == FRESHNESS and each.operation in (found.operation, None)
    )
    return FreshnessSection(
        route=found.route,
        sentence=summarise_freshness(found),
        findings=(*describe_trade(found), *describe_deletion(found), *describe_races(found)),
        fit=describe_fit(found),
        residuals=tuple(explain_residuals(found)),
        charts=(f"freshness_{found.operation}", f"time_to_live_{found.operation}"),
        hits=_hits(found),
        stale=_stale(found),
        cautions=caution_texts(touching, {found.operation: found.route}),
    )


def _hits(found: Freshness) -> Table:
    notes = Notes()
    head = (
        "entries", "time to live", "writes", "reads", "hit ratio", "predicted", "difference", "replayed",
        "database calls", "predicted", "of writes", "p50", "p99",
    )  # fmt: skip
    rows = tuple(
        (
            *_place(cell),
            fmt.count(cell.requests),
            notes.cell(cell.hit_ratio.measured, fmt.share_estimate),
            fmt.share_tenths(cell.hit_ratio.predicted),
            fmt.signed_points(cell.hit_ratio.residual),
            fmt.share_tenths(cell.hit_ratio.replayed),
            notes.cell(cell.database_rps.measured, fmt.per_second_estimate),
            fmt.per_second(cell.database_rps.predicted),
            notes.cell(cell.database_writes_rps.measured, fmt.per_second_estimate),
            notes.cell(cell.p50, fmt.duration_estimate),
            notes.cell(cell.p99, fmt.duration_estimate),
        )
        for cell in found.cells
    )
    return Table(head=head, rows=rows, notes=notes.texts)


def _stale(found: Freshness) -> Table:
    notes = Notes()
    head = (
        "entries", "time to live", "writes", "written", "stale answers", "predicted", "difference", "replayed",
        "in number", "age p50", "predicted", "age p99", "predicted", "oldest", "sent during a write",
    )  # fmt: skip
    rows = tuple(
        (
            *_place(cell),
            fmt.count(cell.writes),
            notes.cell(cell.stale_ratio.measured, fmt.share_estimate),
            fmt.share_tenths(cell.stale_ratio.predicted),
            fmt.signed_points(cell.stale_ratio.residual),
            fmt.share_tenths(cell.stale_ratio.replayed),
            fmt.count(cell.stale),
            notes.cell(cell.ages.p50, fmt.duration_estimate),
            _age(cell, cell.ages.predicted_p50_s),
            notes.cell(cell.ages.p99, fmt.duration_estimate),
            _age(cell, cell.ages.predicted_p99_s),
            notes.cell(cell.ages.longest, fmt.duration_estimate),
            fmt.share(cell.under_way_ratio),
        )
        for cell in found.cells
    )
    return Table(head=head, rows=rows, notes=notes.texts)


def _age(cell: FreshnessCell, predicted_s: float | None) -> str:
    """Return an age as it was predicted; the law may have none, since it has no stale answer."""
    return "none" if cell.stale_ratio.predicted == 0 else fmt.duration(predicted_s)


def _place(cell: FreshnessCell) -> tuple[str, str, str]:
    return policy_in_words(cell.policy), fmt.span(cell.ttl_s), f"{cell.write_rate_rps:.3g}/s"
