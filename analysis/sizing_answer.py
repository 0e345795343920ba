"""A sweep over the cache's size → the answer in words: what a size gives, what the next one would, what to do."""

from analysis import format as fmt
from analysis.sizing import Sizing, SizingPoint
from analysis.thresholds import RESIDUAL_RATIO

POLICY = "allkeys-lru"
"""The policy that is answered for where several were measured: the lab's own servers have it."""

_TWICE = (1.8, 2.2)
"""Of how many times the entries one says twice as many: what a limit in bytes holds is a little off its plan."""


def answer_sizing(found: Sizing) -> str | None:
    """Say what one size of the cache gives and the next larger one would, and when to take that.

    The size is the one that the read was compared at where it was, else the middle one. None where no size has a
    hit ratio.
    """
    points = _answered_for(found)
    if not points:
        return None
    chosen = _chosen(found, points)
    larger = points[chosen + 1] if chosen + 1 < len(points) else None
    point = points[chosen]
    under = f"under {point.policy} at {fmt.per_second(point.rate_rps)}{_passed(found, point)}"
    answer = f"{_size(point)}, give a hit ratio of {fmt.share_estimate(point.measured)} {under}"
    if larger is not None:
        answer += f"; {_more(point, larger)} {fmt.share_estimate(larger.measured)}"
    return f"{answer}.{_textbook(point, larger)}{_advice(point, larger)}"


def _answered_for(found: Sizing) -> list[SizingPoint]:
    """Return the points of one policy at one rate, the smallest first."""
    known = [point for point in found.points if point.measured.value is not None and point.entries_held]
    of_policy = [point for point in known if point.policy == POLICY] or known
    alike = [
        point
        for point in of_policy
        if (point.policy, point.offered_rate_rps) == (of_policy[0].policy, of_policy[0].offered_rate_rps)
    ]
    return sorted(alike, key=lambda point: point.size_ratio)


def _chosen(found: Sizing, points: list[SizingPoint]) -> int:
    compared_ratio = found.compared_size_ratio
    if compared_ratio is None:
        return (len(points) - 1) // 2
    return min(range(len(points)), key=lambda place: abs(points[place].size_ratio - compared_ratio))


def _size(point: SizingPoint) -> str:
    memory = "" if point.maxmemory_bytes is None else f", {fmt.byte_size(point.maxmemory_bytes)} of maxmemory"
    return f"{fmt.count(point.entries_held)} entries{memory}"


def _passed(found: Sizing, point: SizingPoint) -> str:
    """Say what of a trace was replayed."""
    if not found.of_trace:
        return ""
    whole = found.pass_requests is None or point.requests >= found.pass_requests
    what = "one pass over the trace" if whole else f"the first {fmt.count(point.requests)} requests of the trace"
    return f", over {what} from an empty cache"


def _more(point: SizingPoint, larger: SizingPoint) -> str:
    low, high = _TWICE
    if not low <= larger.entries_held / point.entries_held <= high:
        return f"{_size(larger)}, give"
    memory = "" if larger.maxmemory_bytes is None else f", {fmt.byte_size(larger.maxmemory_bytes)},"
    return f"twice as many{memory} give"


def _textbook(point: SizingPoint, larger: SizingPoint | None) -> str:
    told = [
        fmt.share_tenths(each.forecast.textbook)
        for each in (point, larger)
        if each and each.forecast.textbook is not None
    ]
    return f" The textbook's LRU would have said {' and '.join(told)}." if told else ""


def _advice(point: SizingPoint, larger: SizingPoint | None) -> str:
    """Say when to take the larger size: no price is built in, so the two sides are named."""
    if larger is None or larger.measured.value is None or point.measured.value is None:
        return ""
    gain = larger.measured.value - point.measured.value
    if gain <= RESIDUAL_RATIO:
        return " Leave it at that: the larger size hardly hits more often."
    if larger.maxmemory_bytes is None or point.maxmemory_bytes is None:
        memory = f"{fmt.count(larger.entries_held - point.entries_held)} entries more"
    else:
        memory = f"{fmt.byte_size(larger.maxmemory_bytes - point.maxmemory_bytes)} more"
    saved = fmt.per_second(gain * point.rate_rps)
    return f" Take the larger size where {memory} cost less than the {saved} database calls that it saves."
