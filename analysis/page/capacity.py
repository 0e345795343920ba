"""How much load each arm carries, as text."""

from collections.abc import Iterator
from dataclasses import dataclass

from analysis import format as fmt
from analysis import thresholds
from analysis.blocks import CACHED, UNCACHED
from analysis.capacity import ArmCapacity, Capacity
from analysis.capacity_sentence import summarise_capacity
from analysis.charts.style import NAMES
from analysis.estimates import Estimate
from analysis.limit_sentences import describe_limit
from analysis.page.cautions import CautionText, caution_texts
from analysis.page.table import Notes, Table
from analysis.results import Results
from analysis.run import CAPACITY

_METHOD = (
    "Each arm was offered a few rates around the one at which it was first seen to break the objective, in an "
    "open loop, every rate once in every block, in an order drawn at random over arms and rates. Latency is the "
    "response time, from when a request was due, so that beyond capacity it holds the whole wait. In each block "
    "the logarithm of the latency is made to rise with the rate (isotonic regression, pool-adjacent-violators) "
    "and taken as straight between the rates that were measured; the capacity is where it passes the limit. "
    "The value is the geometric mean of the blocks' capacities with Student's t interval, that of the ratio pairs "
    "the arms of each block. Where more than "
    f"{fmt.share(thresholds.CENSORED_RATIO)} of the blocks keep the objective at every rate, or at none, only a "
    "bound is given."
)
_CHART_NOTE = (
    "Lines down: the highest rate that keeps the objective, with its interval as a band. Triangles on the axis: "
    "what the arm carried in a closed loop, whatever the latency; an open loop, which does not wait for anybody, "
    "breaks the objective before that."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacitySection:
    """What is shown of one read. ``chart`` is the name of its chart."""

    route: str
    sentence: str
    limits: tuple[tuple[str, str], ...]
    chart: str
    rates: Table
    load: Table
    cautions: tuple[CautionText, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityPart:
    """What the report says of the search for capacity."""

    method: str
    chart_note: str
    sections: tuple[CapacitySection, ...]


def compose_capacity(results: Results) -> CapacityPart | None:
    """Write the part; None for a run that sought no capacity."""
    if not results.capacity:
        return None
    return CapacityPart(
        method=_METHOD,
        chart_note=_CHART_NOTE,
        sections=tuple(_section(found, results) for found in results.capacity),
    )


def _section(found: Capacity, results: Results) -> CapacitySection:
    touching = tuple(
        each for each in results.cautions if each.part == CAPACITY and each.operation in (found.operation, None)
    )
    return CapacitySection(
        route=found.route,
        sentence=summarise_capacity(found),
        limits=tuple((NAMES[arm], describe_limit(found.arms[arm])) for arm in (CACHED, UNCACHED)),
        chart=f"capacity_{found.operation}",
        rates=_rates(found),
        load=_load(found),
        cautions=caution_texts(touching, {found.operation: found.route}),
    )


def _rates(found: Capacity) -> Table:
    notes = Notes()
    rows = [
        (
            NAMES[arm],
            fmt.per_second(rate.rate_rps),
            fmt.count(rate.requests),
            notes.cell(rate.achieved_rps, fmt.per_second_estimate),
            notes.cell(rate.statistic, fmt.duration_estimate),
            notes.cell(rate.p50, fmt.duration_estimate),
            fmt.count(rate.failures),
            notes.cell(rate.hit_ratio, fmt.share_estimate) if arm == CACHED else fmt.EN_DASH,
        )
        for arm in (CACHED, UNCACHED)
        for rate in found.arms[arm].rates
    ]
    statistic = fmt.statistic(found.objective.statistic)
    head = ("arm", "offered", "requests", "achieved", statistic, "p50", "failed", "hit ratio")
    return Table(head=head, rows=tuple(rows), notes=notes.texts)


def _load(found: Capacity) -> Table:
    """Return what each part of the system did near the capacity of each arm."""
    notes = Notes()
    arms = [found.arms[arm] for arm in (CACHED, UNCACHED)]
    roles = dict.fromkeys(role for arm in arms for role in arm.load.cpu_ratio)
    rows = [
        ("rate", *(fmt.per_second(arm.load.rate_rps) for arm in arms)),
        *((f"CPU of {role}", *(_cell(notes, arm.load.cpu_ratio.get(role)) for arm in arms)) for role in roles),
        ("CPU of all of them", *(_cell(notes, arm.load.machine_ratio) for arm in arms)),
        ("time in which something waited for a core", *(_cell(notes, arm.load.pressure_ratio) for arm in arms)),
        (_threads_name(arms), *(notes.cell(arm.load.threads_taken, fmt.plain_estimate) for arm in arms)),
        *_queue(notes, arms),
        (
            "statements of this read at work in PostgreSQL",
            *(notes.cell(arm.load.statements, fmt.plain_estimate) for arm in arms),
        ),
    ]
    head = ("at the first rate not below capacity; CPU of all cores", NAMES[CACHED], NAMES[UNCACHED])
    return Table(head=head, rows=tuple(rows), notes=notes.texts)


def _queue(notes: Notes, arms: list[ArmCapacity]) -> Iterator[tuple[str, ...]]:
    """Yield the wait before the service, where it says when it began."""
    if any(arm.load.queue_s.value is not None for arm in arms):
        cells = (notes.cell(arm.load.queue_s, fmt.duration_estimate) for arm in arms)
        yield ("wait from being sent to the service's work", *cells)


def _cell(notes: Notes, estimate: Estimate | None) -> str:
    return fmt.UNKNOWN if estimate is None else notes.cell(estimate, fmt.share_estimate)


def _threads_name(arms: list[ArmCapacity]) -> str:
    threads = arms[0].load.pool.threads
    return "data-service's threads at work" + ("" if threads is None else f", of {threads}")
