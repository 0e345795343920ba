"""What was found of freshness → sentences: what a second of time to live buys and costs, what deletion does."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from analysis import format as fmt
from analysis.compared import Compared
from analysis.freshness import Freshness, FreshnessCell
from analysis.freshness_plan import INVALIDATE, NONE


def summarise_freshness(found: Freshness) -> str:
    """Say the whole at the highest rate of writes: the shortest and the longest life, and deletion at that."""
    if not found.cells:
        return f"What freshness costs {found.route} is not known."
    write_rate_rps = _write_rates(found)[-1]
    left, deleted = (_line(found, policy, write_rate_rps) for policy in (NONE, INVALIDATE))
    told = [f"left to live {fmt.span(cell.ttl_s)}, {_state(cell)}" for cell in _ends(left)]
    against = [cell for cell in deleted if cell.ttl_s == left[-1].ttl_s] if left else _ends(deleted)
    told += [f"deleted on every write, at {fmt.span(cell.ttl_s)}, {_state(cell)}" for cell in against]
    rates = f"{fmt.number(found.offered_rate_rps)} reads and {_written(write_rate_rps)}"
    return f"{found.route}, {rates}: {'; '.join(told)}."


def describe_trade(found: Freshness) -> Iterator[str]:
    """Yield for each rate of writes what each second of time to live buys and costs, entries being left to it."""
    for write_rate_rps in _write_rates(found):
        cells = _line(found, NONE, write_rate_rps)
        written = f"With {_written(write_rate_rps)}"
        if len(cells) == 1:
            yield f"{written}, left to live {fmt.span(cells[0].ttl_s)}, {_state(cells[0])}."
        elif cells:
            steps = "; ".join(_step(shorter, longer) for shorter, longer in pairwise(cells))
            yield f"{written}, {steps}."


def describe_deletion(found: Freshness) -> Iterator[str]:
    """Yield what deletion on a write costs at each setting, against entries that are left to their TTL.

    The two were measured one after the other, each with traffic of its own; beside stands what the law has for the
    same rates of both.
    """
    for left, deleted in _pairs(found):
        lost = _difference(deleted.hit_ratio.measured.value, left.hit_ratio.measured.value)
        predicted = _difference(_law_hit_ratio(found, deleted), _law_hit_ratio(found, left))
        beside = "" if predicted is None else f", {fmt.signed_points(predicted)} predicted"
        yield (
            f"{_where(left).capitalize()}, deletion takes the hit ratio "
            f"{_from_to(left.hit_ratio, deleted.hit_ratio)} ({fmt.signed_points(lost)} points{beside}), "
            f"database calls from {fmt.per_second(left.database_rps.measured.value)} to "
            f"{fmt.per_second(deleted.database_rps.measured.value)} and stale answers "
            f"{_from_to(left.stale_ratio, deleted.stale_ratio)}."
        )


def describe_races(found: Freshness) -> Iterator[str]:
    """Yield how many answers were stale although writes delete, and what that is."""
    stale = [cell for cell in found.cells if cell.policy == INVALIDATE and cell.stale]
    missed = [cell for cell in stale if cell.deletions is not None and cell.deletions < cell.writes]
    for cell in missed:
        yield (
            f"Deleted on a write, {_counted([cell])} {_where(cell)}. Redis saw "
            f"{fmt.plural(cell.deletions or 0, 'deletion')} for {fmt.plural(cell.writes, 'write')}: not every one "
            "was made; user-service's log says why (invalidation_failed)."
        )
    raced = [cell for cell in stale if cell not in missed]
    if raced:
        most = max(raced, key=lambda cell: cell.stale / cell.stale_ratio.measured.count)
        yield (
            f"Deleted on a write, {_counted(raced)}, most {_where(most)}. That is the race of a look-aside cache: "
            "a read that fetched the old row before a commit stored it after the deletion, and there it stays "
            f"until the next write, or for its time to live. {_filled_in_a_race(raced)} by a miss that was under "
            "way during the write."
        )


def place(cell: FreshnessCell) -> str:
    """Return a cell in words."""
    return f"{policy_in_words(cell.policy)} {_where(cell)}"


def policy_in_words(policy: str) -> str:
    """Return what becomes of an entry when its key is written."""
    return {NONE: "left to its TTL", INVALIDATE: "deleted on a write"}.get(policy, policy)


def _where(cell: FreshnessCell) -> str:
    return f"at {fmt.span(cell.ttl_s)} and {_written(cell.write_rate_rps)}"


def _written(rate_rps: float) -> str:
    """Return a rate of writes as it was asked for: ``4 writes a second``."""
    return f"{rate_rps:.3g} write{'' if rate_rps == 1 else 's'} a second" if rate_rps else "no writes"


def _write_rates(found: Freshness) -> list[float]:
    return sorted({cell.write_rate_rps for cell in found.cells})


def _line(found: Freshness, policy: str, write_rate_rps: float) -> Sequence[FreshnessCell]:
    cells = [each for each in found.cells if (each.policy, each.write_rate_rps) == (policy, write_rate_rps)]
    return sorted(cells, key=lambda cell: cell.ttl_s)


def _ends(cells: Sequence[FreshnessCell]) -> Sequence[FreshnessCell]:
    """Return the first and the last, once each."""
    return cells if len(cells) < 3 else (cells[0], cells[-1])


def _pairs(found: Freshness) -> Iterator[tuple[FreshnessCell, FreshnessCell]]:
    """Yield settings that were measured under both policies."""
    for write_rate_rps in _write_rates(found):
        deleted = {cell.ttl_s: cell for cell in _line(found, INVALIDATE, write_rate_rps)}
        for left in _line(found, NONE, write_rate_rps):
            if left.ttl_s in deleted:
                yield left, deleted[left.ttl_s]


def _state(cell: FreshnessCell) -> str:
    calls = f"{fmt.per_second(cell.database_rps.measured.value)} database calls remain"
    if not cell.write_rate_rps:
        return calls
    return f"{fmt.share_tenths(cell.stale_ratio.measured.value)} of the answers are stale and {calls}"


def _step(shorter: FreshnessCell, longer: FreshnessCell) -> str:
    """Say what going from one time to live to the next buys and costs, as a whole and for each second."""
    seconds = longer.ttl_s - shorter.ttl_s
    calls = [cell.database_rps.measured.value for cell in (shorter, longer)]
    stale = [cell.stale_ratio.measured.value for cell in (shorter, longer)]
    fewer, staler = _difference(*calls), _difference(*reversed(stale))
    bought = "" if fewer is None else f" ({fmt.number(fewer / seconds)} fewer for each second)"
    told = (
        f"from {fmt.span(shorter.ttl_s)} to {fmt.span(longer.ttl_s)} of life database calls go from "
        f"{fmt.per_second(calls[0])} to {fmt.per_second(calls[1])}{bought}"
    )
    if not longer.write_rate_rps:
        return told
    cost = "" if staler is None else f" ({fmt.number(100 * staler / seconds)} points for each second)"
    return f"{told} and stale answers from {fmt.share_tenths(stale[0])} to {fmt.share_tenths(stale[1])}{cost}"


def _law_hit_ratio(found: Freshness, cell: FreshnessCell) -> float | None:
    setting = (cell.policy, cell.write_rate_rps, cell.ttl_s)
    held = (each for each in found.law if (each.policy, each.write_rate_rps, each.ttl_s) == setting)
    return next((each.hit_ratio for each in held), None)


def _counted(cells: Sequence[FreshnessCell]) -> str:
    stale, judged = sum(cell.stale for cell in cells), sum(cell.stale_ratio.measured.count for cell in cells)
    return f"{stale:,} of {judged:,} answers ({fmt.share(stale / judged)}) were stale all the same"


def _filled_in_a_race(cells: Sequence[FreshnessCell]) -> str:
    entries, filled = sum(cell.stale_entries for cell in cells), sum(cell.raced_entries or 0 for cell in cells)
    if filled == entries:
        return "The one such entry was filled" if entries == 1 else f"All {entries:,} such entries were filled"
    were = "was" if filled == 1 else "were"
    return f"{filled:,} of {fmt.plural(entries, 'such entry', 'such entries')} {were} filled"


def _from_to(left: Compared, deleted: Compared) -> str:
    return f"from {fmt.share_tenths(left.measured.value)} to {fmt.share_tenths(deleted.measured.value)}"


def _difference(value: float | None, other: float | None) -> float | None:
    return None if value is None or other is None else value - other
