import math

import numpy as np
import pytest

from analysis.censoring import Side
from analysis.crossing import find_crossing
from analysis.intervals import log_interval

RATES = np.array([100.0, 200.0, 300.0, 400.0])


def test_between_two_rates_the_log_latency_is_straight() -> None:
    found = find_crossing(RATES, np.array([0.001, 0.002, 0.01, 0.1]), math.sqrt(0.01 * 0.1))
    assert found is not None
    assert found.side is Side.EXACT
    assert found.value == pytest.approx(350.0)


def test_neighbours_that_fall_are_pooled_to_their_geometric_mean() -> None:
    falling = np.array([0.001, 0.040, 0.010, 0.1])
    pooled = np.array([0.001, 0.020, 0.020, 0.1])
    for limit_s in (0.005, 0.03):
        mine, expected = find_crossing(RATES, falling, limit_s), find_crossing(RATES, pooled, limit_s)
        assert mine is not None
        assert expected is not None
        assert mine.value == pytest.approx(expected.value)


def test_below_the_limit_means_below_it() -> None:
    found = find_crossing(RATES, np.array([0.001, 0.002, 0.01, 0.1]), 0.01)
    assert found is not None
    assert found.value == pytest.approx(300.0)


def test_a_limit_that_every_rate_keeps_bounds_the_capacity_from_below() -> None:
    found = find_crossing(RATES, np.array([0.001, 0.002, 0.003, 0.004]), 0.02)
    assert found is not None
    assert (found.value, found.side) == (400.0, Side.AT_LEAST)


def test_a_limit_that_no_rate_keeps_bounds_it_from_above() -> None:
    found = find_crossing(RATES, np.array([0.03, 0.04, 0.05, 0.06]), 0.02)
    assert found is not None
    assert (found.value, found.side) == (100.0, Side.BELOW)


def test_failures_break_the_limit_from_the_first_rate_they_reach() -> None:
    found = find_crossing(RATES, np.array([0.001, 0.002, math.inf, 0.003]), 0.02)
    assert found is not None
    assert (found.value, found.side) == (200.0, Side.EXACT)
    broken = find_crossing(RATES, np.array([math.inf, 0.002, 0.002, 0.003]), 0.02)
    assert broken is not None
    assert (broken.value, broken.side) == (100.0, Side.BELOW)


def test_what_was_refused_is_left_out() -> None:
    found = find_crossing(RATES, np.array([math.nan, 0.002, math.nan, 0.2]), 0.02)
    assert found is not None
    assert found.value == pytest.approx(300.0)
    assert find_crossing(RATES, np.array([math.nan, math.nan, math.nan, 0.2]), 0.02) is None


def test_on_the_curve_of_a_queue_it_is_a_little_low_and_never_by_more_than_said() -> None:
    shares = np.array([0.3, 0.55, 0.75, 0.9, 1.05, 1.25])
    for load in np.linspace(0.3, 0.72, 10):
        capacity = load * 1_000.0
        limit_s = math.log(100) / (1_000.0 - capacity)
        for off in (0.92, 1.0, 1.08):
            rates = shares * off * capacity
            found = find_crossing(rates, math.log(100) / (1_000.0 - rates), limit_s)
            assert found is not None
            assert -0.03 < found.value / capacity - 1 <= 1e-9


def test_intervals_over_blocks_hold_the_truth_as_often_as_they_promise() -> None:
    rng = np.random.default_rng(11)
    rates = 770.0 * np.array([0.3, 0.55, 0.75, 0.9, 1.05, 1.25])
    held = 0
    for _ in range(400):
        blocks = []
        for _ in range(8):
            served = 1_000.0 * math.exp(rng.normal(0.0, 0.05))
            p99_s = math.log(100) / np.maximum(served - rates, 2.0)
            found = find_crossing(rates, p99_s * np.exp(rng.normal(0.0, 0.10, rates.size)), 0.020)
            assert found is not None
            blocks.append(found.value)
        interval = log_interval(np.array(blocks))
        assert interval.low is not None
        assert interval.high is not None
        held += interval.low <= 770.0 <= interval.high
    assert 0.92 <= held / 400 <= 0.98
