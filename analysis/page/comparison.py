"""The comparison of the reads as text: verdicts, a section a read, and the tables over all of them."""

from collections.abc import Mapping
from dataclasses import dataclass

from analysis import format as fmt
from analysis import thresholds
from analysis.blocks import CACHED, HIT, MISS, STATISTICS, UNCACHED
from analysis.charts.style import NAMES
from analysis.estimates import Estimate
from analysis.manifest import Manifest
from analysis.page.cautions import CautionText, caution_texts
from analysis.page.table import Notes, Table
from analysis.page.waterfall import WaterfallPart, compose_waterfall
from analysis.reads import ReadResult
from analysis.results import Results
from analysis.setting import Fact, describe_read

_ORDER = (HIT, MISS, CACHED, UNCACHED)
_LATENCY_NOTE = (
    "Curves take all blocks together; marks are the estimates of p50, p95 and p99 over blocks, with their "
    "intervals. Where a mark lies off its curve, some blocks differed from the rest."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictRow:
    """One line of the verdict table."""

    route: str
    word: str
    badge: str
    speed_up: str
    hit_ratio: str
    calls_saved: str
    price: str
    sentence: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSection:
    """All that is shown of one read. ``chart`` is the name of its latency chart."""

    operation: str
    route: str
    chart: str
    facts: tuple[Fact, ...]
    response: Table
    service: Table
    speed_up: Table
    waterfall: WaterfallPart | None
    cautions: tuple[CautionText, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonPart:
    """What the report says of cached and uncached reads."""

    worthwhile: str
    latency_note: str
    verdicts: tuple[VerdictRow, ...]
    sections: tuple[ReadSection, ...]
    database: Table
    cpu: Table
    traffic: Table


def compose_comparison(manifest: Manifest, results: Results) -> ComparisonPart | None:
    """Write the part; None for a run that compared nothing."""
    reads = results.reads
    if not reads:
        return None
    return ComparisonPart(
        worthwhile=fmt.ratio(thresholds.WORTHWHILE_RATIO),
        latency_note=_LATENCY_NOTE,
        verdicts=tuple(_verdict_row(read, results) for read in reads),
        sections=tuple(_section(manifest, read, results) for read in reads),
        database=_database(reads),
        cpu=_cpu(reads),
        traffic=_traffic(reads),
    )


def _verdict_row(read: ReadResult, results: Results) -> VerdictRow:
    verdict = results.verdicts[read.operation]
    database = read.database
    return VerdictRow(
        route=read.route,
        word=verdict.word.value,
        badge=verdict.word.css_class,
        speed_up=fmt.times_estimate(read.speed_up.mean),
        hit_ratio=fmt.share_estimate(read.hit_ratio),
        calls_saved=f"{fmt.share(database.calls_saved_ratio.value)}, {fmt.rate(database.calls_saved_rps.value)}"
        if database.calls_saved_ratio.value is not None
        else fmt.UNKNOWN,
        price=fmt.duration_estimate(read.price_s),
        sentence=verdict.sentence,
        codes=tuple(
            dict.fromkeys(each.code for each in results.cautions if each.operation in (read.operation, None))
        ),
    )


def _section(manifest: Manifest, read: ReadResult, results: Results) -> ReadSection:
    asked = next(each for each in manifest.reads if each.operation == read.operation)
    touching = tuple(each for each in results.cautions if each.operation == read.operation)
    return ReadSection(
        operation=read.operation,
        route=read.route,
        chart=f"latency_{read.operation}",
        facts=describe_read(asked),
        response=_times_table(read.response_time),
        service=_times_table(read.service_time),
        speed_up=_speed_up_table(read),
        waterfall=compose_waterfall(read.operation, results.waterfalls.get(read.operation)),
        cautions=caution_texts(touching, {read.operation: read.route}),
    )


def _times_table(times: Mapping[str, Mapping[str, Estimate]]) -> Table:
    notes = Notes()
    rows = []
    for population in _ORDER:
        found = times[population]
        cells = [notes.cell(found[name], fmt.duration_estimate) for name in STATISTICS]
        requests = fmt.count(found["mean"].count)
        rows.append((NAMES[population], requests, *cells))
    return Table(head=("", "requests", *STATISTICS), rows=tuple(rows), notes=notes.texts)


def _speed_up_table(read: ReadResult) -> Table:
    notes = Notes()
    named = (
        ("mean, hits and misses together", read.speed_up.mean),
        ("p50", read.speed_up.p50),
        ("p95", read.speed_up.p95),
        ("p99", read.speed_up.p99),
        ("mean of hits alone", read.speed_up.hit),
        ("mean of misses alone", read.speed_up.miss),
    )
    rows = tuple((name, notes.cell(estimate, fmt.times_estimate)) for name, estimate in named)
    return Table(head=("uncached time over cached time", "speed-up"), rows=rows, notes=notes.texts)


def _database(reads: tuple[ReadResult, ...]) -> Table:
    notes = Notes()
    rows = [
        (
            read.route,
            NAMES[arm],
            notes.cell(read.database.calls_per_request[arm], fmt.plain_estimate),
            notes.cell(read.database.time_per_request_s[arm], fmt.duration_estimate),
        )
        for read in reads
        for arm in (CACHED, UNCACHED)
    ]
    head = ("read", "arm", "calls a request", "PostgreSQL's time a request")
    return Table(head=head, rows=tuple(rows), notes=notes.texts)


def _cpu(reads: tuple[ReadResult, ...]) -> Table:
    notes = Notes()
    rows = [
        (
            read.route,
            role,
            *(notes.cell(arms[arm], fmt.duration_estimate) for arm in (CACHED, UNCACHED)),
        )
        for read in reads
        for role, arms in read.cpu_per_request_s.items()
    ]
    head = ("read", "process", NAMES[CACHED], NAMES[UNCACHED])
    return Table(head=head, rows=tuple(rows), notes=notes.texts)


def _traffic(reads: tuple[ReadResult, ...]) -> Table:
    rows = [
        (
            read.route,
            NAMES[arm],
            fmt.rate(read.offered_rps),
            fmt.rate_estimate(read.achieved_rps[arm]),
            fmt.share(read.error_ratio[arm].value),
            fmt.duration(read.lag[arm].p99_s),
        )
        for read in reads
        for arm in (CACHED, UNCACHED)
    ]
    return Table(head=("read", "arm", "offered", "achieved", "failed", "lag p99"), rows=tuple(rows))
