"""The answer against trying every size, and what there is to say where there is none."""

from dataclasses import replace

import pytest

from analysis.prediction.cost import Prices
from analysis.size.answer import Answer, Refusal, find_answer
from analysis.size.lifetime import TTLS_S, shortest_ttl_s
from analysis.size.needed import Needed
from analysis.size.outlook import Outlook
from analysis.size.policies import POLICIES
from analysis.size.search import Need, Question, best_need, sizes_from
from tests.analysis.size.questions import RATE_RPS, memory_bytes, question, times, trace

DEAR_DATABASE = Outlook(
    rate_rps=RATE_RPS, prices=Prices(cache_gib_month=1e4, database_cpu_hour=1.0), database_cpu_s=0.001
)
PRICED = Outlook(
    rate_rps=RATE_RPS, prices=Prices(cache_gib_month=1e5, database_cpu_hour=1.0), database_cpu_s=0.001
)


def answered(asked: Question) -> Answer:
    found = find_answer(asked)
    assert isinstance(found, Answer), found
    return found


def refused(asked: Question) -> Refusal:
    found = find_answer(asked)
    assert isinstance(found, Refusal), found
    return found


@pytest.mark.parametrize("goal", ["hit_ratio>=0.3", "hit_ratio>=0.7", "db_rps<20"])
def test_it_is_the_smallest_that_trying_each_size_finds(goal: str) -> None:
    asked = question(goal)
    found = answered(asked)
    by_policy = {need.policy: need.entries for need in found.needs}
    sizes = range(1, asked.most_entries + 1)
    for policy in POLICIES:
        meeting = [n for n in sizes if asked.replays.replay(policy, n).hit_ratio >= found.needed]
        # Chance makes the curve uneven: halving ends at a size that meets, whose neighbour below does not.
        assert by_policy[policy] in meeting
        assert by_policy[policy] - 1 not in meeting  # type: ignore[operator]
        assert abs(by_policy[policy] - meeting[0]) <= 2  # type: ignore[operator]


def test_the_chosen_policy_needs_no_more_than_the_others() -> None:
    found = answered(question("hit_ratio>=0.7"))
    assert found.size.entries <= 1.02 * min(need.entries for need in found.needs if need.entries is not None)
    assert found.size.memory_bytes == memory_bytes(found.size.entries)
    assert found.size.hit_ratios[found.policy] == found.replayed.hit_ratio >= 0.7


def test_a_tie_goes_to_the_simplest() -> None:
    needs = [
        Need(policy=policy, entries=entries)
        for policy, entries in (("allkeys-lru", 1_015), ("allkeys-lfu", 1_000), ("allkeys-random", None))
    ]
    best = best_need(needs)  # type: ignore[arg-type]
    assert best is not None
    assert best.policy == "allkeys-lru"
    assert best_need([replace(needs[0], entries=1_100), *needs[1:]]).policy == "allkeys-lfu"  # type: ignore[union-attr]
    assert best_need([needs[2]]) is None


def test_a_margin_asks_for_more_but_not_of_a_cache_that_holds_everything() -> None:
    plain, careful = (answered(question("hit_ratio>=0.7", margin_ratio=margin)) for margin in (0.0, 0.02))
    assert careful.size.entries > plain.size.entries
    assert careful.replayed.hit_ratio >= 0.72
    highest = question("hit_ratio>=0.7").replays.highest_hit_ratio()
    at_the_limit = answered(question(f"hit_ratio>={highest - 1e-9:.12f}", margin_ratio=0.02))
    assert at_the_limit.size.entries == trace().distinct_keys


def test_only_the_policies_that_may_be_chosen_are_looked_at() -> None:
    found = answered(question("hit_ratio>=0.5", policies=("allkeys-random",)))
    assert found.policy == "allkeys-random"
    assert len(found.needs) == 1


def test_the_time_to_live_is_the_shortest_that_still_meets_the_goals() -> None:
    # A margin leaves room between what is reached and what is needed.
    asked = question("hit_ratio>=0.6")
    found = answered(asked)
    assert found.ttl_s in TTLS_S
    assert found.under_ttl is not None
    assert found.under_ttl.hit_ratio >= 0.6
    shorter = TTLS_S[TTLS_S.index(found.ttl_s) - 1]
    assert asked.replays.replay(found.policy, found.size.entries, shorter).hit_ratio < 0.6


def test_drawn_for_ever_a_time_to_live_past_the_replay_takes_its_bound() -> None:
    workload = trace(of_trace=False, skip=1_000, requests=5_000)  # of 60 s
    asked = question("hit_ratio>=0.5", workload=workload)
    entries = 200
    reached = asked.replays.replay("allkeys-lru", entries).hit_ratio
    slack = entries / (RATE_RPS * 3600.0)
    for spare, ttl_s in ((1.01 * slack, 3600.0), (0.99 * slack, 2 * 3600.0)):
        needed = Needed(low=reached - spare, high=1.0)
        assert shortest_ttl_s(asked, needed, "allkeys-lru", entries) == ttl_s


def test_a_time_to_live_that_is_asked_for_needs_more_entries() -> None:
    free, bound = answered(question("hit_ratio>=0.5")), answered(question("hit_ratio>=0.5", ttl_s=20.0))
    assert bound.ttl_s == 20.0
    assert bound.size.entries > free.size.entries
    assert bound.replayed == bound.under_ttl


def test_a_time_goes_by_hits_and_misses_as_measured() -> None:
    outlook = Outlook(rate_rps=RATE_RPS, times=times())
    found = answered(question("mean<4ms", outlook=outlook))
    assert found.needed == pytest.approx(2 / 3, abs=1e-6)
    assert found.time_s["mean"] == pytest.approx(outlook.time_s("mean", found.replayed.hit_ratio))
    assert found.size.p99_s is not None


def test_the_cheapest_size_is_named_where_there_are_prices() -> None:
    asked = question("hit_ratio>=0.3", outlook=PRICED)
    found = answered(asked)
    assert found.cheapest is not None
    assert found.cheapest.money_month is not None
    sizes = sizes_from(found.size.entries, asked.most_entries)
    least = min(money for money in (asked.money(found.policy, size, None) for size in sizes) if money is not None)
    assert found.cheapest.money_month == pytest.approx(least)
    assert found.cheapest.entries > found.size.entries


def test_a_budget_buys_the_smallest_size_that_it_pays_for() -> None:
    unbound = answered(question("hit_ratio>=0.3", outlook=PRICED, policies=("allkeys-lru",)))
    assert unbound.cheapest is not None
    assert unbound.size.money_month is not None
    assert unbound.cheapest.money_month is not None
    budget = (unbound.size.money_month + unbound.cheapest.money_month) / 2
    goals = ("hit_ratio>=0.3", f"cost<{budget:.6f}")
    bound = answered(question(*goals, outlook=PRICED, policies=("allkeys-lru",)))
    assert bound.size.money_month is not None
    assert bound.size.money_month < budget
    assert unbound.size.entries < bound.size.entries < unbound.cheapest.entries


def test_a_budget_alone_asks_for_a_cache_where_the_database_alone_costs_more() -> None:
    without = DEAR_DATABASE.money(0.0, 0)
    assert without is not None
    dear = answered(question(f"cost<{0.8 * without:.6f}", outlook=DEAR_DATABASE))
    assert dear.needs_cache
    assert dear.size.money_month is not None
    assert dear.size.money_month < 0.8 * without
    assert not answered(question(f"cost<{1.1 * without:.6f}", outlook=DEAR_DATABASE)).needs_cache


def test_the_time_to_live_keeps_the_budget_too() -> None:
    goals, policies = ("hit_ratio>=0.3",), ("allkeys-lru",)
    free = question(*goals, outlook=DEAR_DATABASE, policies=policies, margin_ratio=0.0)
    found = answered(free)
    assert found.ttl_s is not None
    assert found.size.money_month is not None
    under_ttl = free.money(found.policy, found.size.entries, found.ttl_s)
    assert under_ttl is not None
    # What the shortest time to live costs is more than the budget that the size alone keeps.
    assert under_ttl > found.size.money_month
    budget = (under_ttl + found.size.money_month) / 2
    bound = answered(question(*goals, f"cost<{budget:.9f}", outlook=DEAR_DATABASE, policies=policies))
    assert bound.size.entries == found.size.entries
    assert bound.ttl_s is None or bound.ttl_s > found.ttl_s


def test_a_budget_below_the_cheapest_is_refused_with_its_cost() -> None:
    (limit,) = refused(question("hit_ratio>=0.3", "cost<1", outlook=PRICED)).limits
    assert limit.code == "budget"
    assert "a month, not less than 1.00" in limit.sentence


def test_cold_misses_forbid_what_no_size_reaches() -> None:
    found = refused(question("hit_ratio>=0.99"))
    (limit,) = found.limits
    assert limit.code == "cold-misses"
    assert f"{100 * found.highest:.1f} %" in limit.sentence
    assert found.sizes[-1].hit_ratios["allkeys-lru"] == found.highest


@pytest.mark.parametrize(
    ("goals", "outlook", "code"),
    [
        (("db_rps<1",), Outlook(rate_rps=RATE_RPS), "database-calls"),
        (("p50<0.5ms",), Outlook(rate_rps=RATE_RPS, times=times()), "slow-hits"),
        (("mean<0.5ms",), Outlook(rate_rps=RATE_RPS, times=times()), "slow-hits"),
        (("p99<5ms",), Outlook(rate_rps=RATE_RPS, times=times()), "weight-of-misses"),
        (("p99<5ms",), Outlook(rate_rps=RATE_RPS, times=times(count=30)), "too-few-samples"),
        (
            ("p50<5ms", "hit_ratio>=0.6"),
            Outlook(rate_rps=RATE_RPS, times=times(hit_s=0.01, miss_s=0.001)),
            "goals-together",
        ),
    ],
)
def test_the_limit_that_forbids_is_named(goals: tuple[str, ...], outlook: Outlook, code: str) -> None:
    (limit,) = refused(question(*goals, outlook=outlook)).limits
    assert limit.code == code


def test_every_goal_that_fails_alone_is_named() -> None:
    limits = refused(question("hit_ratio>=0.99", "db_rps<1", "hit_ratio>=0.2")).limits
    assert [limit.code for limit in limits] == ["cold-misses", "database-calls"]


def test_a_time_to_live_that_is_too_short_is_named() -> None:
    (limit,) = refused(question("hit_ratio>=0.9", ttl_s=1.0)).limits
    assert limit.code == "ttl"


def test_more_than_the_machine_has_is_refused() -> None:
    (limit,) = refused(question("hit_ratio>=0.5", most_memory_bytes=memory_bytes(3))).limits
    assert limit.code == "memory"
