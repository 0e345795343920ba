from dataclasses import replace

import pytest

from analysis.size.confirmation import Confirmation, GoalHeld
from analysis.size.goal import parse_goal
from lab.size.confirmation_text import describe

HELD = Confirmation(
    goals=(GoalHeld(goal=parse_goal("hit_ratio>=0.75"), predicted=0.7553, measured=0.7531),),
    predicted=0.7553,
    measured=0.7531,
    as_sent=0.7549,
    entries_planned=2_599,
    entries_held=2_610.0,
    maxmemory_bytes=2_000_000,
    rate_rps=1_000.0,
    requests=95_607,
    unanswered=0,
    repeated_misses_ratio=0.0,
)


def test_a_setting_that_held_is_confirmed_by_its_figures() -> None:
    said = describe(HELD)
    assert said.startswith("Confirmed: hit_ratio predicted 0.755, measured 0.753;")
    assert "2,610 entries held (predicted 2,599)" in said


def test_one_that_did_not_says_which_goal_and_what_a_replay_says() -> None:
    missed = replace(HELD.goals[0], measured=0.741)
    said = describe(replace(HELD, goals=(missed,), measured=0.741, repeated_misses_ratio=0.012))
    assert said.startswith("Not confirmed, hit_ratio>=0.75 did not hold:")
    assert "1.2 points of hit ratio went to requests for a key that another was just fetching" in said
    assert "come to 75.5 %, where it had 74.1 %" in said


def test_a_stack_that_was_overloaded_confirms_nothing() -> None:
    said = describe(replace(HELD, unanswered=3_647))
    assert said.startswith("Not confirmed, this rate is more than the stack carries: 3,647 of 95,607")


@pytest.mark.parametrize(
    ("goal", "value", "shown"),
    [
        ("p99<5ms", 0.0042, "4.20 ms"),
        ("db_rps<300", 245.0, "245/s"),
        ("cost<20", 12.5, "12.50"),
        ("p99<5ms", None, "unknown"),
    ],
)
def test_every_quantity_has_its_unit(goal: str, value: float | None, shown: str) -> None:
    said = describe(replace(HELD, goals=(GoalHeld(goal=parse_goal(goal), predicted=None, measured=value),)))
    assert f"measured {shown}" in said
