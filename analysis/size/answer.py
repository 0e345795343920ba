"""Question → answer: the smallest memory, the policy and the time to live that meet the goals, or what forbids."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np

from analysis.prediction.cost import cheapest
from analysis.prediction.eviction_settings import EvictionPolicy
from analysis.size.lifetime import shortest_ttl_s
from analysis.size.limits import Limit, limit_of_budget, limit_of_memory, limits_of_hit_ratio
from analysis.size.needed import Needed, needed_hit_ratios
from analysis.size.search import Need, Question, best_need, find_need, sizes_from
from analysis.size.workload import Replayed

TABLE_RATIOS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """One size of the cache, and what it comes to under each policy.

    Attributes:
        entries: That fit.
        keys_ratio: Of all keys.
        memory_bytes: `maxmemory`.
        hit_ratios: By policy, 0 to 1.
        textbook: Of exact LRU.
        database_rps: Left to the database, under the chosen policy; so are the rest.
        p99_s: None where no response times are known, or too few.
        money_month: None without prices.
    """

    entries: int
    keys_ratio: float
    memory_bytes: int
    hit_ratios: dict[EvictionPolicy, float]
    textbook: float
    database_rps: float
    p99_s: float | None
    money_month: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The setting, what it is predicted to do, and what else was found on the way.

    Attributes:
        policy: `maxmemory-policy`.
        size: The chosen one; it is in ``sizes`` too.
        ttl_s: The shortest that still meets the goals, or the one asked for; None: entries must not expire.
        replayed: What it is predicted to do, without a time to live unless one was asked for.
        under_ttl: Likewise under ``ttl_s``; None without one.
        needed: The least hit ratio that meets the goals, those of cost left out.
        needs_cache: Whether the goals ask for a cache at all.
        highest: The hit ratio with room for every key.
        needs: What each policy needs.
        textbook_entries: What an exact LRU would need.
        sizes: Ascending.
        cheapest: The cheapest size that meets the goals; None without prices.
        time_s: Statistics of the response time that goals ask for, by name.
    """

    policy: EvictionPolicy
    size: Size
    ttl_s: float | None
    replayed: Replayed
    under_ttl: Replayed | None
    needed: float
    needs_cache: bool
    highest: float
    needs: tuple[Need, ...]
    textbook_entries: int | None
    sizes: tuple[Size, ...]
    cheapest: Size | None
    time_s: dict[str, float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """No setting meets the goals: why, and what the sizes would have come to."""

    limits: tuple[Limit, ...]
    highest: float
    sizes: tuple[Size, ...]


def find_answer(question: Question) -> Answer | Refusal:
    """Find the smallest setting that meets all goals.

    Raises:
        PredictionError: the workload cannot be replayed.
    """
    highest = question.replays.highest_hit_ratio(question.ttl_s)
    needed = needed_hit_ratios(question.goals, question.outlook, highest=highest)
    if needed is None:
        return _refuse(question, highest, *limits_of_hit_ratio(question, highest))
    with ThreadPoolExecutor() as pool:  # compiled replays let go of the interpreter's lock
        needs = tuple(pool.map(partial(find_need, question, needed), question.policies))
    best = best_need(needs)
    if best is None or best.entries is None:
        return _refuse(question, highest, _no_need(question, needs))
    too_large = limit_of_memory(question, best.entries)
    if too_large is not None:
        return Refusal(limits=(too_large,), highest=highest, sizes=())
    return _describe(question, needed, needs, best.policy, best.entries)


def _describe(
    question: Question, needed: Needed, needs: tuple[Need, ...], policy: EvictionPolicy, entries: int
) -> Answer:
    """Return what there is to say of the setting that was chosen."""
    replays, ttl_s = question.replays, question.ttl_s
    replayed = replays.replay(policy, entries, ttl_s)
    if ttl_s is None:
        ttl_s = shortest_ttl_s(question, needed, policy, entries)
    cheap = _cheapest(question, policy, entries)
    sizes = _sizes(question, policy, [entries] if cheap is None else [entries, cheap])
    by_entries = {size.entries: size for size in sizes}
    times = [goal.quantity for goal in question.goals if goal.is_of_time]
    return Answer(
        policy=policy,
        size=by_entries[entries],
        ttl_s=ttl_s,
        replayed=replayed,
        under_ttl=None if ttl_s is None else replays.replay(policy, entries, ttl_s),
        needed=needed.low,
        needs_cache=not question.holds_without_cache,
        highest=replays.highest_hit_ratio(question.ttl_s),
        needs=needs,
        textbook_entries=replays.lru_entries(needed.low),
        sizes=sizes,
        cheapest=None if cheap is None else by_entries[cheap],
        time_s={name: question.outlook.time_s(name, replayed.hit_ratio) for name in times},
    )


def _refuse(question: Question, highest: float, *limits: Limit) -> Refusal:
    return Refusal(limits=limits, highest=highest, sizes=_sizes(question, question.policies[0], []))


def _no_need(question: Question, needs: Sequence[Need]) -> Limit:
    """Return why no size will do although some hit ratio would."""
    if any(need.cheapest_money is not None for need in needs):
        return limit_of_budget(question, needs)
    return Limit(
        code="slow-cache",
        goal=None,
        sentence=(
            "The goals of time are met below a hit ratio, and the others above it, so closely that no size comes "
            f"to one between, with {question.margin_ratio:.1%} to spare."
        ),
    )


def _cheapest(question: Question, policy: EvictionPolicy, fewest: int) -> int | None:
    """Return the cheapest size from the fewest entries on; None without prices."""
    if question.outlook.prices is None:
        return None
    sizes = np.array(sizes_from(fewest, question.most_entries))
    money = np.array([question.money(policy, int(size), question.ttl_s) for size in sizes], dtype=np.float64)
    place = cheapest(money, sizes.astype(np.float64), np.ones(sizes.size, dtype=np.bool_))
    return None if place is None else int(sizes[place])


def _sizes(question: Question, policy: EvictionPolicy, extra: Sequence[int]) -> tuple[Size, ...]:
    most = question.most_entries
    wanted = sorted({max(1, round(ratio * most)) for ratio in TABLE_RATIOS} | set(extra))
    with ThreadPoolExecutor() as pool:
        return tuple(pool.map(partial(_size, question, policy), wanted))


def _size(question: Question, policy: EvictionPolicy, entries: int) -> Size:
    hit_ratios = {
        each: question.replays.replay(each, entries, question.ttl_s).hit_ratio for each in question.policies
    }
    hit_ratio, memory_bytes = hit_ratios[policy], question.memory_bytes(entries)
    return Size(
        entries=entries,
        keys_ratio=entries / question.most_entries,
        memory_bytes=memory_bytes,
        hit_ratios=hit_ratios,
        textbook=question.replays.lru_hit_ratio(entries),
        database_rps=question.outlook.database_rps(hit_ratio),
        p99_s=question.outlook.time_s("p99", hit_ratio),
        money_month=question.outlook.money(hit_ratio, memory_bytes),
    )
