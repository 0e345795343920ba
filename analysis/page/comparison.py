"""The comparison of the reads as text: verdicts, a section a read, and the tables over all of them."""

from collections.abc import Mapping
from dataclasses import dataclass

from analysis import format as fmt
from analysis import thresholds
from analysis.blocks import CACHED, HIT, MISS, QUANTILES, STATISTICS, UNCACHED
from analysis.break_even_text import show_break_even
from analysis.charts.service import times_differ
from analysis.charts.style import NAMES
from analysis.ending import describe_ending
from analysis.estimates import Estimate
from analysis.manifest import Manifest
from analysis.page.cautions import CautionText, caution_texts
from analysis.page.flags import Flag, Flags
from analysis.page.table import Notes, Table
from analysis.page.waterfall import WaterfallPart, compose_waterfall
from analysis.reads import ReadResult
from analysis.results import Results
from analysis.setting import Fact, describe_read
from analysis.sign_flip import FEWEST_BLOCKS
from analysis.touched import Figure

_ORDER = (HIT, MISS, CACHED, UNCACHED)
_ARM = {HIT: CACHED, MISS: CACHED, CACHED: CACHED, UNCACHED: UNCACHED}
_VERDICT_FIGURES = {
    "speed_up": Figure.SPEED_UP,
    "hit_ratio": Figure.HIT_RATIO,
    "break_even": Figure.RESPONSE_TIME,
    "calls_saved": Figure.CALLS,
    "price": Figure.PRICE,
}
_TRAFFIC_FIGURES = (Figure.RATE, Figure.FAILED, Figure.LAG)
_LATENCY_NOTE = (
    "Curves take all blocks together; marks are the estimates of p50, p95, p99 and, where the samples bound it, "
    "p99.9 over blocks, with their intervals. Where a mark lies off its curve, some blocks differed from the rest."
)


_WAIT_NOTE = (
    "The upper line of a pair counts from the moment a request was due, the lower one from the moment it was "
    "sent; between them lies the wait for the generator or for a free connection, which a user would have too. "
    "A tool that counts from sending alone sees only the lower line: while a slow answer holds up the requests "
    "behind it, it does not send them, and never times what they waited."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictRow:
    """One line of the verdict table; ``flags`` go from the name of a figure here to the cautions that touch it."""

    route: str
    word: str
    badge: str
    speed_up: str
    hit_ratio: str
    break_even: str
    calls_saved: str
    price: str
    sentence: str
    flags: Mapping[str, tuple[Flag, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSection:
    """All that is shown of one read.

    ``chart`` is the name of its latency chart, ``wait_chart`` that of response time beside service time, None
    where the two hardly differ.
    """

    operation: str
    route: str
    chart: str
    wait_chart: str | None
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
    wait_note: str
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
    flags = Flags(results.cautions)
    return ComparisonPart(
        worthwhile=fmt.ratio(thresholds.WORTHWHILE_RATIO),
        latency_note=_LATENCY_NOTE,
        wait_note=_WAIT_NOTE,
        verdicts=tuple(_verdict_row(read, results, flags) for read in reads),
        sections=tuple(_section(manifest, read, results, flags) for read in reads),
        database=_database(reads, flags),
        cpu=_cpu(reads, flags),
        traffic=_traffic(reads, flags),
    )


def _verdict_row(read: ReadResult, results: Results, flags: Flags) -> VerdictRow:
    verdict = results.verdicts[read.operation]
    database = read.database
    return VerdictRow(
        route=read.route,
        word=verdict.word.value,
        badge=verdict.word.css_class,
        speed_up=fmt.times_estimate(read.speed_up.mean),
        hit_ratio=fmt.share_estimate(read.hit_ratio),
        break_even=show_break_even(read.break_even),
        calls_saved=f"{fmt.share(database.calls_saved_ratio.value)}, {fmt.rate(database.calls_saved_rps.value)}"
        if database.calls_saved_ratio.value is not None
        else fmt.UNKNOWN,
        price=fmt.duration_estimate(read.price_s),
        sentence=verdict.sentence,
        flags={name: flags.beside((figure,), read.operation) for name, figure in _VERDICT_FIGURES.items()},
    )


def _section(manifest: Manifest, read: ReadResult, results: Results, flags: Flags) -> ReadSection:
    asked = next(each for each in manifest.reads if each.operation == read.operation)
    touching = tuple(each for each in results.cautions if each.operation == read.operation)
    return ReadSection(
        operation=read.operation,
        route=read.route,
        chart=f"latency_{read.operation}",
        wait_chart=f"service_{read.operation}" if times_differ(read) else None,
        facts=(*describe_read(asked), *_blocks(read)),
        response=_times_table(read, read.response_time, Figure.RESPONSE_TIME, flags),
        service=_times_table(read, read.service_time, Figure.SERVICE_TIME, flags),
        speed_up=_speed_up_table(read, flags),
        waterfall=compose_waterfall(
            read.operation,
            results.waterfalls.get(read.operation),
            None if results.calibration is None else results.calibration.floor_p50_s,
        ),
        cautions=caution_texts(touching, {read.operation: read.route}),
    )


def _blocks(read: ReadResult) -> tuple[Fact, ...]:
    ending = describe_ending(read)
    return () if ending is None else (Fact("blocks", ending.sentence),)


def _times_table(
    read: ReadResult, times: Mapping[str, Mapping[str, Estimate]], figure: Figure, flags: Flags
) -> Table:
    notes = Notes()
    rows = []
    shown = [name for name in STATISTICS if name != "p999" or any(times[each][name].value for each in _ORDER)]
    for population in _ORDER:
        found = times[population]
        cells = [notes.cell(found[name], fmt.duration_estimate) for name in shown]
        requests = fmt.count(found["mean"].count)
        rows.append((NAMES[population], requests, *cells))
    return Table(
        head=("", "requests", *map(fmt.statistic, shown)),
        rows=tuple(rows),
        notes=notes.texts,
        flags=tuple(flags.beside((figure,), read.operation, _ARM[population]) for population in _ORDER),
    )


def _speed_up_table(read: ReadResult, flags: Flags) -> Table:
    notes = Notes()
    named = {
        "mean": "mean, hits and misses together",
        **{name: fmt.statistic(name) for name in QUANTILES if name != "p999" or read.speed_up.p999.value},
        "hit": "mean of hits alone",
        "miss": "mean of misses alone",
    }
    rows = tuple(
        (
            text,
            notes.cell(getattr(read.speed_up, name), fmt.times_estimate),
            fmt.probability(read.second_opinion[name].sign_flip_p),
        )
        for name, text in named.items()
    )
    beside = flags.beside((Figure.SPEED_UP,), read.operation)
    head = ("uncached time over cached time", "speed-up", "sign-flip p")
    table_notes = (*notes.texts, *_weak_test(read))
    return Table(head=head, rows=rows, notes=table_notes, flags=(beside,) * len(rows))


def _weak_test(read: ReadResult) -> tuple[str, ...]:
    """Return what to know of the sign-flip test where it cannot reject anything."""
    blocks = read.second_opinion["mean"].blocks
    if not 0 < blocks < FEWEST_BLOCKS:
        return ()
    return (f"With {fmt.plural(blocks, 'block')} a sign-flip p is never below {fmt.probability(2 / 2**blocks)}.",)


def _database(reads: tuple[ReadResult, ...], flags: Flags) -> Table:
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
    beside = _by_arm(reads, (Figure.CALLS, Figure.PRICE), flags)
    return Table(head=head, rows=tuple(rows), notes=notes.texts, flags=beside)


def _cpu(reads: tuple[ReadResult, ...], flags: Flags) -> Table:
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
    beside = tuple(flags.beside((Figure.CPU,), read.operation) for read in reads for _ in read.cpu_per_request_s)
    return Table(head=head, rows=tuple(rows), notes=notes.texts, flags=beside)


def _traffic(reads: tuple[ReadResult, ...], flags: Flags) -> Table:
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
    head = ("read", "arm", "offered", "achieved", "failed", "lag p99")
    return Table(head=head, rows=tuple(rows), flags=_by_arm(reads, _TRAFFIC_FIGURES, flags))


def _by_arm(
    reads: tuple[ReadResult, ...], figures: tuple[Figure, ...], flags: Flags
) -> tuple[tuple[Flag, ...], ...]:
    """Return the flags of a table that has a row for each arm of each read."""
    return tuple(flags.beside(figures, read.operation, arm) for read in reads for arm in (CACHED, UNCACHED))
