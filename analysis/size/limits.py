"""What forbids that a goal is met, whichever the setting: in one sentence each, with the figure it fails by."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from analysis import format as fmt
from analysis.size.goal import Goal
from analysis.size.needed import Needed, needed_hit_ratios
from analysis.size.search import Need, Question

LimitCode = Literal[
    "cold-misses", "ttl", "database-calls", "slow-hits", "weight-of-misses", "too-few-samples", "slow-cache",
    "goals-together", "budget", "memory",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """Why a goal, or several (``goal`` is then None), cannot be met."""

    code: LimitCode
    goal: str | None
    sentence: str


def limits_of_hit_ratio(question: Question, highest: float) -> tuple[Limit, ...]:
    """Return why no hit ratio up to the highest meets the goals: those that fail alone, or that they clash."""
    goals = [goal for goal in question.goals if goal.quantity != "cost"]
    ranges = [(goal, needed_hit_ratios([goal], question.outlook, highest=highest)) for goal in goals]
    alone = [_limit(question, goal, highest) for goal, needed in ranges if needed is None]
    return tuple(alone) or (_clash([(goal, needed) for goal, needed in ranges if needed is not None]),)


def limit_of_budget(question: Question, needs: Sequence[Need]) -> Limit:
    """Return that the cheapest setting which meets the other goals costs too much."""
    cheapest = min((need.cheapest_money for need in needs if need.cheapest_money is not None), default=None)
    return Limit(
        code="budget",
        goal=f"cost<{question.budget:g}",
        sentence=(
            f"The cheapest setting that meets the other goals costs {_money(cheapest)} a month, not less than "
            f"{_money(question.budget)}."
        ),
    )


def limit_of_memory(question: Question, entries: int) -> Limit | None:
    """Return that a setting needs more memory than the machine has; None where it does not."""
    needed_bytes, most = question.memory_bytes(entries), question.most_memory_bytes
    if most is None or needed_bytes <= most:
        return None
    return Limit(
        code="memory",
        goal=None,
        sentence=(
            f"The smallest setting holds {fmt.count(entries)} entries and needs {fmt.byte_size(needed_bytes)}, "
            f"more than the {fmt.byte_size(most)} that this machine has."
        ),
    )


def _limit(question: Question, goal: Goal, highest: float) -> Limit:
    found = next(_limits(question, goal, highest))
    return Limit(code=found[0], goal=goal.text, sentence=found[1])


def _limits(question: Question, goal: Goal, highest: float) -> Iterator[tuple[LimitCode, str]]:
    if goal.quantity == "hit_ratio":
        yield _of_hit_ratio(question, highest)
    elif goal.quantity == "db_rps":
        left_rps = question.outlook.database_rps(highest)
        yield (
            "database-calls",
            f"At {share(highest)}, the highest hit ratio that any size reaches, {fmt.rate(left_rps)} are left to "
            f"the database, of {fmt.rate(question.outlook.rate_rps)}.",
        )
    else:
        yield _of_time(question, goal, highest)


def _of_hit_ratio(question: Question, highest: float) -> tuple[LimitCode, str]:
    workload = question.replays.workload
    if question.ttl_s is not None:
        return (
            "ttl",
            f"Entries that live for {fmt.span(question.ttl_s)} expire too soon: with room for every key the hit "
            f"ratio is {share(highest)}.",
        )
    return (
        "cold-misses",
        f"Cold misses alone exceed it: {fmt.count(workload.distinct_keys)} of {fmt.count(workload.requests)} "
        f"requests are the first for their key, so that no size hits more than {share(highest)}.",
    )


def _of_time(question: Question, goal: Goal, highest: float) -> tuple[LimitCode, str]:
    outlook, name = question.outlook, fmt.statistic(goal.quantity)
    of_hits_s, at_highest_s = (outlook.time_s(goal.quantity, ratio) for ratio in (1.0, highest))
    if of_hits_s is None or at_highest_s is None:
        return "too-few-samples", f"The run has too few answers to tell {name}; take one that is longer."
    if not goal.met_by(of_hits_s):
        return (
            "slow-hits",
            f"Hits alone are slower: {fmt.duration(of_hits_s)} at {name}, so that no hit ratio helps."
            if goal.quantity != "mean"
            else f"Hits alone are slower: {fmt.duration(of_hits_s)} on average, so that no hit ratio helps.",
        )
    return (
        "weight-of-misses",
        f"Misses weigh too much however large the cache: at {share(highest)}, the highest hit ratio, {name} is "
        f"{fmt.duration(at_highest_s)}.",
    )


def _clash(ranges: Sequence[tuple[Goal, Needed]]) -> Limit:
    least = max(ranges, key=lambda pair: pair[1].low)
    most = min(ranges, key=lambda pair: pair[1].high)
    return Limit(
        code="goals-together",
        goal=None,
        sentence=(
            f"Each goal can be met, but not all together: {least[0].text} asks for a hit ratio of at least "
            f"{share(least[1].low)}, {most[0].text} for at most {share(most[1].high)}."
        ),
    )


def share(ratio: float) -> str:
    """Return a share to a tenth of a point."""
    return f"{100 * ratio:.1f} %"


def _money(amount: float | None) -> str:
    return fmt.UNKNOWN if amount is None else f"{amount:,.2f}"
