"""Cells of a run about freshness that are far from what was predicted → the likely cause of each, checked."""

from collections.abc import Iterator

from analysis import format as fmt
from analysis.compared import Compared
from analysis.freshness import Freshness, FreshnessCell
from analysis.freshness_doubts import COLD, SLOW
from analysis.freshness_sentence import place
from analysis.residual_sentence import attribute
from analysis.thresholds import RESIDUAL_RATIO

_QUANTITIES = {"hit ratio": "hit_ratio", "share of stale answers": "stale_ratio"}


def describe_fit(found: Freshness) -> str:
    """Say how far the furthest cell was from the law, in hits and in stale answers."""
    told = []
    for name, field in _QUANTITIES.items():
        known = [
            (cell, residual) for cell in found.cells if (residual := getattr(cell, field).residual) is not None
        ]
        if known:
            cell, residual = max(known, key=lambda pair: abs(pair[1]))
            told.append(f"the {name} was within {fmt.points(residual)} (furthest {place(cell)})")
    if not told:
        return "There is no law to hold this popularity to; what was sent is replayed instead."
    return f"In {fmt.plural(len(found.cells), 'cell')} {fmt.listing(told)} of what was predicted."


def explain_residuals(found: Freshness) -> Iterator[str]:
    """Yield a sentence for each figure further from its prediction than is let pass, with the likely cause."""
    for cell in found.cells:
        for name, field in _QUANTITIES.items():
            figure: Compared = getattr(cell, field)
            if figure.residual is not None and abs(figure.residual) > RESIDUAL_RATIO:
                yield (
                    f"{place(cell)}, {name}: {fmt.share_tenths(figure.measured.value)} measured, "
                    f"{fmt.share_tenths(figure.predicted)} predicted. {_cause(found, cell, field, figure)}"
                )


def _cause(found: Freshness, cell: FreshnessCell, field: str, figure: Compared) -> str:
    """Return the first cause that can be shown; where none can, whether it is the traffic's or the server's."""
    if cell.impossible:
        return (
            f"{fmt.plural(cell.impossible, 'answer')} cannot have come when the clock has them: the clocks of "
            "reads and writes differ, or something else writes."
        )
    low = figure.residual is not None and figure.residual < 0
    if low and cell.failed_writes and field == "stale_ratio":
        return (
            f"{fmt.plural(cell.failed_writes, 'write')} failed and may have been committed all the same: answers "
            "that lack one of those count as fresh."
        )
    if low and COLD.touches(found, cell):
        longest_s = cell.ttl_s * (1 + (found.ttl_jitter_ratio or 0.0))
        return (
            f"The warm-up lasted {fmt.span(cell.warm_up_s)}, less than the {fmt.span(longest_s)} that an entry "
            "may live: the cache was still filling, and what it held was young."
        )
    return _by_replay(found, cell, figure)


def _by_replay(found: Freshness, cell: FreshnessCell, figure: Compared) -> str:
    if figure.replayed is None or figure.measured.value is None or figure.residual is None:
        return "Nothing of what was sent could be replayed, so whose it is cannot be told."
    return attribute(
        measured=figure.measured.value,
        replayed=figure.replayed,
        residual=figure.residual,
        spread=figure.replay_spread,
        traffic=_traffic(found, cell),
        server="entries live shorter or longer than they were told to, or a write reaches the cache otherwise",
    )


def _traffic(found: Freshness, cell: FreshnessCell) -> str:
    """Say in what the traffic of a cell may differ from the law's."""
    if SLOW.touches(found, cell):
        slow = (
            "never answered" if cell.response_p99_s is None else f"answered after {fmt.span(cell.response_p99_s)}"
        )
        return f"which came late or had to wait (one request in a hundred was {slow})"
    written = f" of {fmt.plural(cell.writes, 'write')}" if cell.writes else ""
    return f"by chance{written} or in its pauses"
