"""The smallest cache that meets the goals under one policy, by replays of the server's own eviction."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.prediction.eviction_settings import EvictionPolicy
from analysis.size.goal import Goal
from analysis.size.needed import Needed
from analysis.size.outlook import MemoryBytes, Outlook
from analysis.size.policies import POLICIES
from analysis.size.smallest import smallest_that_meets
from analysis.size.workload import Replayed, Replays

GUESSES = {"allkeys-lru": 1.0, "allkeys-lfu": 0.8, "allkeys-random": 1.3}
"""What each needs of the textbook's LRU, roughly: where a search begins."""

GRID_SIZES = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked.

    Attributes:
        goals: At least one; all of them must hold.
        replays: Of the workload.
        outlook: What is known beside it.
        memory_bytes: Tells what `maxmemory` makes room for so many entries.
        policies: That may be chosen, from the simplest on.
        margin_ratio: By how much the hit ratio may turn out lower than predicted, with the goals still met. Where
            everything fits nothing is evicted, and there is no doubt to allow for.
        ttl_s: Time to live that entries must have; None leaves it to the answer.
        most_memory_bytes: Of the machine; None where there is no limit.
    """

    goals: Sequence[Goal]
    replays: Replays
    outlook: Outlook
    memory_bytes: MemoryBytes
    policies: Sequence[EvictionPolicy] = POLICIES
    margin_ratio: float = 0.0
    ttl_s: float | None = None
    most_memory_bytes: int | None = None

    @property
    def most_entries(self) -> int:
        """Room for every key."""
        return self.replays.workload.distinct_keys

    def hit_ratio_to_count_on(self, found: Replayed) -> float:
        """Return the hit ratio that the goals are judged by."""
        return found.hit_ratio - self.margin_ratio if found.evicts else found.hit_ratio

    def meets(self, needed: Needed, policy: EvictionPolicy, entries: int, ttl_s: float | None) -> bool:
        """Say whether a setting's hit ratio is one of those needed."""
        found = self.replays.replay(policy, entries, ttl_s)
        return needed.low <= self.hit_ratio_to_count_on(found) and found.hit_ratio <= needed.high

    def money(self, policy: EvictionPolicy, entries: int, ttl_s: float | None) -> float | None:
        """Return what a month costs with a setting; None without prices."""
        hit_ratio = self.replays.replay(policy, entries, ttl_s).hit_ratio
        return self.outlook.money(hit_ratio, self.memory_bytes(entries))

    def pays_for(self, money: float | None) -> bool:
        """Say whether a budget, where there is one, allows for what a month costs."""
        return self.budget is None or (money is not None and money < self.budget)

    @property
    def holds_without_cache(self) -> bool:
        """Whether every goal is met with all reads answered by the database, and no memory rented."""
        return self.outlook.meets(self.goals, 0.0) and self.pays_for(self.outlook.money(0.0, 0))

    @property
    def budget(self) -> float | None:
        """What a month may cost; None without such a goal."""
        return min((goal.limit for goal in self.goals if goal.quantity == "cost"), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What one policy needs.

    Attributes:
        entries: The fewest that meet all goals; None where no number does.
        cheapest_money: The least that a month was seen to cost with the other goals met; None without a budget.
    """

    policy: EvictionPolicy
    entries: int | None
    cheapest_money: float | None = None


def find_need(question: Question, needed: Needed, policy: EvictionPolicy) -> Need:
    """Return the fewest entries under a policy."""
    guess = question.replays.lru_entries(needed.low + question.margin_ratio) or question.most_entries

    def reaches(entries: int) -> bool:
        found = question.replays.replay(policy, entries, question.ttl_s)
        return needed.low <= question.hit_ratio_to_count_on(found)

    fewest = smallest_that_meets(reaches, guess=round(guess * GUESSES[policy]), most=question.most_entries)
    if fewest is None or not question.meets(needed, policy, fewest, question.ttl_s):
        return Need(policy=policy, entries=None)
    if question.budget is None:
        return Need(policy=policy, entries=fewest)
    return _within_budget(question, needed, policy, fewest)


def best_need(needs: Sequence[Need], tie_ratio: float = 0.02) -> Need | None:
    """Return what needs the fewest entries; among those within ``tie_ratio`` of it the first, so the simplest."""
    possible = [need for need in needs if need.entries is not None]
    if not possible:
        return None
    fewest = min(need.entries for need in possible if need.entries is not None)
    return next(need for need in possible if need.entries is not None and need.entries <= fewest * (1 + tie_ratio))


def sizes_from(fewest: int, most: int, count: int = GRID_SIZES) -> list[int]:
    """Return sizes from one to another, ascending, each a like factor above the last."""
    grid = np.geomspace(fewest, most, count) if fewest < most else np.array([most])
    return sorted({fewest, most, *(round(float(size)) for size in grid)})


def _within_budget(question: Question, needed: Needed, policy: EvictionPolicy, fewest: int) -> Need:
    """Return the smallest size from the fewest entries on that a month's budget pays for.

    Money falls with the size as the database is relieved, and rises with it as memory is rented, so the sizes are
    tried in order, and the first that is cheap enough is then sought between it and the last that was not.
    """
    before, cheapest = fewest, math.inf
    for entries in sizes_from(fewest, question.most_entries):
        if not question.meets(needed, policy, entries, question.ttl_s):
            continue
        money = question.money(policy, entries, question.ttl_s)
        if money is None:
            break
        cheapest = min(cheapest, money)
        if question.pays_for(money):
            return Need(
                policy=policy, entries=_first_paid(question, policy, before, entries), cheapest_money=money
            )
        before = entries
    return Need(policy=policy, entries=None, cheapest_money=cheapest)


def _first_paid(question: Question, policy: EvictionPolicy, unpaid: int, paid: int) -> int:
    while paid - unpaid > max(1, paid // 100):
        middle = (paid + unpaid) // 2
        if question.pays_for(question.money(policy, middle, question.ttl_s)):
            paid = middle
        else:
            unpaid = middle
    return paid
