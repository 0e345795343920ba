"""A sweep over the cache's size → the sentences that it comes to, and the cause of each large difference."""

from collections.abc import Iterator

from analysis import format as fmt
from analysis.residual_sentence import attribute
from analysis.sizing import Sizing, SizingPoint
from analysis.thresholds import RESIDUAL_RATIO


def summarise_sizing(found: Sizing) -> str:
    """Say how far the server was from what was predicted, and what the textbook's curve would have got wrong."""
    known = [point for point in found.points if point.residual is not None]
    if not known:
        return f"What {found.route} was predicted to do at each size is not known."
    worst = max(known, key=_size_of_residual)
    return (
        f"At {fmt.plural(len(known), 'point')} the hit ratio of {found.route} was within "
        f"{fmt.points(_size_of_residual(worst))} of what was predicted (furthest with {place(worst)})."
        + _textbook(known)
    )


def explain_residuals(found: Sizing) -> Iterator[str]:
    """Yield a sentence for each point further from its prediction than is let pass, with the likely cause."""
    for point in found.points:
        residual = point.residual
        if residual is None or abs(residual) <= RESIDUAL_RATIO:
            continue
        yield (
            f"{place(point)}: {fmt.share(point.measured.value)} measured, {fmt.share(point.forecast.predicted)} "
            f"predicted. {_cause(point, residual)}"
        )


def place(point: SizingPoint) -> str:
    """Return a point in words."""
    rate = f"{'flat out, ' if point.offered_rate_rps is None else ''}{fmt.per_second(point.rate_rps)}"
    return f"{point.policy} at {fmt.share(point.size_ratio)} of the keys, {rate}"


def _size_of_residual(point: SizingPoint) -> float:
    return abs(point.residual or 0.0)


def _textbook(known: list[SizingPoint]) -> str:
    """Say what a reader who trusted the textbook would have got wrong, at its worst, with an LRU policy."""
    held = [
        (point, point.forecast.textbook - point.measured.value)
        for point in known
        if point.policy == "allkeys-lru"
        and point.forecast.textbook is not None
        and point.measured.value is not None
    ]
    if not held:
        return ""
    point, error = max(held, key=lambda pair: abs(pair[1]))
    more = "more" if error > 0 else "fewer"
    turnover_s = point.forecast.turnover_s
    why = "" if turnover_s is None else f", where the cache turns over in {fmt.span(turnover_s)}"
    return (
        f" Who trusted the textbook's LRU curve would have expected up to {fmt.points(error)} {more} hits than "
        f"there were: {fmt.share(point.forecast.textbook)} instead of {fmt.share(point.measured.value)} at "
        f"{fmt.share(point.size_ratio)} of the keys and {fmt.per_second(point.rate_rps)}{why}."
    )


def _cause(point: SizingPoint, residual: float) -> str:
    """Say where a difference comes from: replayed, the requests tell the traffic's part from the server's."""
    if 0 < -residual <= 2 * point.repeated_misses_ratio:
        return (
            f"{fmt.share(point.repeated_misses_ratio)} of the look-ups missed a key that another request was just "
            "then fetching: answers took so long that they came too late for the next one, which no replay has."
        )
    replayed, measured = point.forecast.replayed, point.measured.value
    if replayed is None or measured is None:
        return "The replay had the very requests of the pass, so the server evicts otherwise than the model of it."
    return attribute(
        measured=measured,
        replayed=replayed,
        residual=residual,
        traffic="cold or by chance",
        server="it evicts otherwise than the model of it",
        aside="" if point.settled else ", whose hit ratio had not settled,",
    )
