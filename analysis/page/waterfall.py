"""Where the time of a read goes, as text: what most of it is, what makes the slow ones slow, and two tables."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from analysis import format as fmt
from analysis.blocks import HIT, MISS, UNCACHED
from analysis.charts.style import NAMES
from analysis.estimates import Estimate
from analysis.page.table import Notes, Table
from analysis.parts import PART_NAMES, Part
from analysis.waterfall import Breakdown, Waterfall

_NOTE = (
    "Of the answers that came. So that the parts add up to the response time, these are arithmetic means over "
    "blocks; those of the tables above are geometric."
)
_SUBJECTS = {HIT: "a hit", UNCACHED: "an answer without the cache"}
_PLURALS = {HIT: "hits", UNCACHED: "answers without the cache"}
_WAYS = (Part.QUEUE, Part.NETWORK, Part.BACK)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaterfallPart:
    """What the report says of where a read's time goes. ``chart`` is the name of its chart."""

    chart: str
    sentences: tuple[str, ...]
    note: str
    everyone: Table
    slowest: Table


def compose_waterfall(
    operation: str, waterfall: Waterfall | None, bare_round_trip: Estimate | None = None
) -> WaterfallPart | None:
    """Write the part; None where nothing was divided.

    Args:
        operation: The read.
        waterfall: Where its time goes.
        bare_round_trip: What a server that answers at once takes, in s, where this machine was calibrated.
    """
    if waterfall is None or not waterfall.everyone:
        return None
    return WaterfallPart(
        chart=f"waterfall_{operation}",
        sentences=(
            *_most_of_it(waterfall),
            *_slow_ones(waterfall),
            *_told_apart(waterfall),
            *_bare(waterfall, bare_round_trip),
        ),
        note=_NOTE,
        everyone=_table(waterfall.everyone),
        slowest=_table(waterfall.slowest),
    )


def _most_of_it(waterfall: Waterfall) -> Iterator[str]:
    """Say what the two largest parts of a hit and of an uncached answer are."""
    said = []
    for population, subject in _SUBJECTS.items():
        found = waterfall.everyone.get(population)
        if found is None or not found.response.value:
            continue
        parts = sorted(_values(found).items(), key=lambda item: -item[1])[:2]
        shares = [f"{PART_NAMES[part]} ({fmt.share(value / found.response.value)})" for part, value in parts]
        said.append(f"{subject} takes {fmt.duration(found.response.value)}, above all {fmt.listing(shares)}")
    if said:
        yield f"On average {'; '.join(said)}."


def _slow_ones(waterfall: Waterfall) -> Iterator[str]:
    """Say which part grows most in the slowest 1 % of hits and of uncached answers."""
    said = []
    for population, plural in _PLURALS.items():
        slow, usual = waterfall.slowest.get(population), waterfall.everyone.get(population)
        if not (slow and usual and slow.response.value and usual.response.value):
            continue
        ordinary = _values(usual)
        growth = {part: value - ordinary.get(part, 0.0) for part, value in _values(slow).items()}
        part = max(growth, key=lambda each: growth[each])
        more = slow.response.value - usual.response.value
        said.append(
            f"the slowest 1 % of {plural} take {fmt.duration(slow.response.value)}, and of the "
            f"{fmt.duration(more)} that they take longer {fmt.share(growth[part] / more)} is {PART_NAMES[part]}"
        )
    if said:
        text = "; ".join(said)
        yield f"{text[0].upper()}{text[1:]}."


def _told_apart(waterfall: Waterfall) -> Iterator[str]:
    """Say why some of it is one part."""
    occurring = {part for found in waterfall.everyone.values() for part in found.parts}
    if Part.NETWORK in occurring and waterfall.clocks_agree is None:
        yield "The service does not say when its work began: the ways there and back and the queue are one part."
    elif Part.NETWORK in occurring and not waterfall.clocks_agree:
        yield (
            "The service's clock does not fit the generator's, as on another machine: the ways there and back "
            "and the queue are one part."
        )
    if Part.UNTOLD in occurring:
        yield "The service does not say, or not believably, what its time went into: that is not told apart."


def _bare(waterfall: Waterfall, bare_round_trip: Estimate | None) -> Iterator[str]:
    """Say how much of the ways there and back needs no service at all."""
    hit = waterfall.everyone.get(HIT)
    if bare_round_trip is None or bare_round_trip.value is None or hit is None:
        return
    ways_s = sum(value for part, value in _values(hit).items() if part in _WAYS)
    bare = fmt.duration(bare_round_trip.value)
    if ways_s:
        yield (
            f"To a server that answers at once the generator's round trip takes {bare}: so much of the "
            f"{fmt.duration(ways_s)} that a hit spends on its ways and in the queue is the network's and the "
            "generator's own."
        )


def _values(breakdown: Breakdown) -> Mapping[Part, float]:
    """Return what is known of the parts, in s."""
    return {part: estimate.value for part, estimate in breakdown.parts.items() if estimate.value is not None}


def _table(breakdowns: Mapping[str, Breakdown]) -> Table:
    notes = Notes()
    populations = [each for each in (HIT, MISS, UNCACHED) if each in breakdowns]
    rows = []
    for part in Part:
        found = [breakdowns[population].parts.get(part) for population in populations]
        if any(found):
            cells = (fmt.EN_DASH if each is None else notes.cell(each, fmt.duration_estimate) for each in found)
            rows.append((PART_NAMES[part], *cells))
    whole = (notes.cell(breakdowns[population].response, fmt.duration_estimate) for population in populations)
    rows.append(("response time", *whole))
    answers = (fmt.count(breakdowns[population].response.count) for population in populations)
    rows.append(("answers", *answers))
    head = ("part", *(NAMES[population] for population in populations))
    return Table(head=head, rows=tuple(rows), notes=notes.texts)
