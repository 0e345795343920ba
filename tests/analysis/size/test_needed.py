"""Goals → hit ratios, and where that cannot be."""

import pytest

from analysis.size.goal import parse_goal
from analysis.size.needed import Needed, needed_hit_ratios
from analysis.size.outlook import Outlook
from tests.analysis.size.questions import times

OUTLOOK = Outlook(rate_rps=1_000.0, times=times())


def needed(*goals: str, outlook: Outlook = OUTLOOK, highest: float = 1.0) -> Needed | None:
    return needed_hit_ratios([parse_goal(goal) for goal in goals], outlook, highest=highest)


@pytest.mark.parametrize(
    ("goal", "low"),
    [
        ("hit_ratio>=0.7531", 0.7531),
        ("db_rps<123.4", 1 - 0.1234),
        ("mean<4ms", (0.010 - 0.004) / (0.010 - 0.001)),
        ("p95<5ms", 0.95),
        ("p50<5ms", 0.5),
    ],
)
def test_a_goal_asks_for_the_hit_ratio_that_just_meets_it(goal: str, low: float) -> None:
    found = needed(goal)
    assert found is not None
    assert found.low == pytest.approx(low, abs=1e-6)
    assert found.high == 1.0
    assert OUTLOOK.meets([parse_goal(goal)], found.low)
    assert not OUTLOOK.meets([parse_goal(goal)], found.low - 1e-5)


def test_the_strictest_of_several_goals_decides() -> None:
    found = needed("hit_ratio>=0.6", "db_rps<100", "mean<8ms")
    assert found is not None
    assert found.low == pytest.approx(0.9, abs=1e-6)


def test_what_lies_above_the_highest_hit_ratio_is_not_met() -> None:
    assert needed("hit_ratio>=0.9", highest=0.8999) is None
    assert needed("hit_ratio>=0.9", highest=0.9) is not None


def test_where_hits_are_slower_the_goal_is_met_below() -> None:
    slow_hits = Outlook(rate_rps=1_000.0, times=times(hit_s=0.010, miss_s=0.001))
    found = needed("p50<5ms", outlook=slow_hits)
    assert found is not None
    assert (found.low, found.high) == (0.0, pytest.approx(0.5, abs=1e-6))
    assert needed("p50<5ms", "hit_ratio>=0.6", outlook=slow_hits) is None


def test_a_time_that_the_samples_are_too_few_to_tell_is_not_met() -> None:
    assert needed("p99<5ms", outlook=Outlook(rate_rps=1.0, times=times(count=20))) is None
