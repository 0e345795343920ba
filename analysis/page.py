"""Results → page: every text, number and table cell of the report, ready to print. Templates only place them."""

from collections.abc import Mapping
from dataclasses import dataclass

from analysis import format as fmt
from analysis import thresholds
from analysis.blocks import CACHED, HIT, MISS, STATISTICS, UNCACHED
from analysis.cautions import Caution
from analysis.charts.style import NAMES
from analysis.estimates import Estimate
from analysis.format import Formatter
from analysis.glossary import GLOSSARY
from analysis.manifest import Manifest
from analysis.reads import ReadResult
from analysis.results import Results
from analysis.setting import Fact, describe_environment, describe_method, describe_read

_ORDER = (HIT, MISS, CACHED, UNCACHED)
_LATENCY_NOTE = (
    "Curves take all blocks together; marks are the estimates of p50, p95 and p99 over blocks, with their "
    "intervals. Where a mark lies off its curve, some blocks differed from the rest."
)
_STATES = {
    "valid": "Every check of the run on itself passed.",
    "doubtful": "The run doubts itself: read the cautions before the numbers.",
    "invalid": "The run is not valid. Its numbers are shown to find out why, not to decide anything.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table: the head, and rows whose first cell is their name. Cells refer to ``notes`` as [1], [2]."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CautionText:
    """A caution as it is shown."""

    code: str
    severity: str
    sentence: str
    advice: str
    where: str


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
    cautions: tuple[CautionText, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The report as text."""

    title: str
    run_id: str
    subtitle: str
    state: str
    state_sentence: str
    headline: str
    worthwhile: str
    latency_note: str
    verdicts: tuple[VerdictRow, ...]
    cautions: tuple[CautionText, ...]
    reads: tuple[ReadSection, ...]
    database: Table
    cpu: Table
    traffic: Table
    method: tuple[str, ...]
    environment: tuple[Fact, ...]
    glossary: tuple[tuple[str, str], ...]


def compose(manifest: Manifest, results: Results) -> Page:
    """Write the page of a run."""
    routes = {read.operation: read.route for read in results.reads}
    cautions = _caution_texts(results.cautions, routes)
    return Page(
        title=f"Hit or Miss: {manifest.experiment}",
        run_id=results.run_id,
        subtitle=_subtitle(manifest),
        state=results.state.value,
        state_sentence=_STATES[results.state.value],
        headline=results.headline,
        worthwhile=fmt.ratio(thresholds.WORTHWHILE_RATIO),
        latency_note=_LATENCY_NOTE,
        verdicts=tuple(_verdict_row(read, results) for read in results.reads),
        cautions=cautions,
        reads=tuple(_section(manifest, read, results) for read in results.reads),
        database=_database(results.reads),
        cpu=_cpu(results.reads),
        traffic=_traffic(results.reads),
        method=describe_method(manifest),
        environment=describe_environment(manifest),
        glossary=GLOSSARY,
    )


def _subtitle(manifest: Manifest) -> str:
    parts = [fmt.moment(manifest.started_at), f"{manifest.stack_kind} stack"]
    if manifest.profile:
        parts.append(f"{manifest.profile} profile")
    return ", ".join(parts)


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


def _caution_texts(cautions: tuple[Caution, ...], routes: Mapping[str, str]) -> tuple[CautionText, ...]:
    """Write each caution once, with all the reads that it touches."""
    touched: dict[tuple[str, str, str, str], list[str]] = {}
    for each in cautions:
        where = "the whole run" if each.operation is None else routes.get(each.operation, each.operation)
        text = (each.code, each.severity.value, each.sentence, each.advice)
        touched.setdefault(text, []).append(where)
    return tuple(
        CautionText(code=code, severity=severity, sentence=sentence, advice=advice, where=fmt.listing(reads))
        for (code, severity, sentence, advice), reads in touched.items()
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
        cautions=_caution_texts(touching, {read.operation: read.route}),
    )


def _times_table(times: Mapping[str, Mapping[str, Estimate]]) -> Table:
    notes = _Notes()
    rows = []
    for population in _ORDER:
        found = times[population]
        cells = [notes.cell(found[name], fmt.duration_estimate) for name in STATISTICS]
        requests = fmt.count(found["mean"].count)
        rows.append((NAMES[population], requests, *cells))
    return Table(head=("", "requests", *STATISTICS), rows=tuple(rows), notes=notes.texts)


def _speed_up_table(read: ReadResult) -> Table:
    notes = _Notes()
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
    notes = _Notes()
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
    notes = _Notes()
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


class _Notes:
    """The notes at the foot of one table, each given once, in the order in which cells refer to them."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(f"[{number}] {note}" for note, number in self._numbers.items())

    def cell(self, estimate: Estimate, show: Formatter) -> str:
        """Return the text of a cell, with the number of its note where it has one."""
        if not estimate.note:
            return show(estimate)
        number = self._numbers.setdefault(estimate.note, len(self._numbers) + 1)
        return f"{show(estimate)} [{number}]"
