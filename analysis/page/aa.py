"""The lab set against itself, as text."""

from dataclasses import dataclass

from analysis import format as fmt
from analysis import thresholds
from analysis.aa import Aa, AaStatistic
from analysis.page.table import Notes, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class AaPart:
    """What the report says of A/A repetitions. ``chart`` is the name of their chart."""

    sentence: str
    method: str
    chart: str
    table: Table


def compose_aa(aa: Aa | None) -> AaPart | None:
    """Write the part; None for a run without repetitions."""
    if aa is None:
        return None
    return AaPart(sentence=aa.sentence, method=_method(aa), chart="aa", table=_table(aa))


def _method(aa: Aa) -> str:
    rate = "" if aa.offered_rate_rps is None else f", at {fmt.rate(aa.offered_rate_rps)}"
    return (
        f"{fmt.plural(aa.repetitions, 'comparison')} of {fmt.plural(aa.blocks, 'block')} each{rate}, "
        f"{fmt.count(aa.requests)} requests in all, made and judged as any other comparison, but with the same "
        "arm on both sides: the true ratio is 1. An interval that promises "
        f"{fmt.share(thresholds.CONFIDENCE)} misses it once in twenty. How often it really did is a share of few "
        "repetitions, so the exact interval of Clopper and Pearson stands beside it."
    )


def _table(aa: Aa) -> Table:
    notes = Notes()
    rows = tuple(_row(name, found, notes) for name, found in aa.statistics.items() if _shown(name, found))
    head = ("ratio of", "intervals that hold 1", "false positives", "by the sign-flip test")
    return Table(head=head, rows=rows, notes=notes.texts)


def _shown(name: str, found: AaStatistic) -> bool:
    return name != "p999" or found.intervals > 0


def _row(name: str, found: AaStatistic, notes: Notes) -> tuple[str, ...]:
    return (
        fmt.statistic(name),
        f"{found.held} of {found.intervals}",
        notes.cell(found.false_positive_ratio, fmt.share_estimate),
        notes.cell(found.sign_flip_false_positive_ratio, fmt.share_estimate),
    )
