"""The shortest time to live that still meets the goals at a size, and what it costs in hits."""

from analysis.prediction.eviction_settings import EvictionPolicy
from analysis.size.needed import Needed
from analysis.size.search import Question

MINUTE_S, HOUR_S, DAY_S = 60.0, 3600.0, 86400.0

TTLS_S = (
    1.0, 2.0, 5.0, 10.0, 20.0, 30.0,
    MINUTE_S, 2 * MINUTE_S, 5 * MINUTE_S, 10 * MINUTE_S, 20 * MINUTE_S, 30 * MINUTE_S,
    HOUR_S, 2 * HOUR_S, 4 * HOUR_S, 8 * HOUR_S, DAY_S, 2 * DAY_S, 7 * DAY_S,
)  # fmt: skip
"""Times to live that people set; finer steps would say more than the model knows."""


def shortest_ttl_s(question: Question, needed: Needed, policy: EvictionPolicy, entries: int) -> float | None:
    """Return the shortest of TTLS_S under which the goals are met; None where entries must live for ever.

    A longer one hits no less often, so they are searched by halving.
    """
    low, high = -1, len(TTLS_S)
    while high - low > 1:
        middle = (low + high) // 2
        ttl_s = TTLS_S[middle]
        paid = question.pays_for(question.money(policy, entries, ttl_s))
        if paid and _meets(question, needed, policy, entries, ttl_s):
            high = middle
        else:
            low = middle
    return TTLS_S[high] if high < len(TTLS_S) else None


def _meets(question: Question, needed: Needed, policy: EvictionPolicy, entries: int, ttl_s: float) -> bool:
    """Say whether a time to live meets the goals, by a replay where that lasts long enough to see entries expire.

    Beyond it, what is drawn for ever still loses some: within a time to live each entry held expires at most once,
    and costs at most one miss, so that the hit ratio falls by no more than entries / (rate · TTL).
    """
    replays = question.replays
    if replays.workload.of_trace or not replays.nothing_expires(ttl_s):
        return question.meets(needed, policy, entries, ttl_s)
    found = replays.replay(policy, entries)
    most_lost = entries / (replays.workload.rate_rps * ttl_s)
    return needed.low <= question.hit_ratio_to_count_on(found) - most_lost and found.hit_ratio <= needed.high
