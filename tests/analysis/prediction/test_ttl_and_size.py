import math

import numpy as np
import pytest

from analysis.errors import PredictionError
from analysis.prediction import lru, random_replacement, ttl, ttl_and_size
from analysis.prediction.popularity import zipf
from analysis.prediction.ttl_and_size import SERIES_WINDOWS, _hits_a_cycle, _series, _tail
from tests.analysis.prediction import simulated

KEYS = 2_000
CAPACITY = 200
RATE_RPS = 1_000.0
RATES_A_WINDOW = np.array([1e-9, 0.01, 0.5, 0.99, 0.99995, 1.0, 1.00005, 1.01, 1.5, 3.0, 10.0, 40.0, 1_000.0])


@pytest.mark.parametrize("ttl_s", [0.3, 1.0, 3.0, 10.0])
def test_a_simulated_lru_with_a_time_to_live_hits_as_often(ttl_s: float) -> None:
    """The characteristic time is near half a second, so that either limit comes first in some of the cases."""
    popularity = zipf(KEYS, 0.9)
    rng = np.random.default_rng(21)
    keys, times_s = simulated.draw(popularity, 220_000, rng), simulated.poisson_times_s(220_000, RATE_RPS, rng)
    found = ttl_and_size.lru_hit_ratio(popularity, CAPACITY, rate_rps=RATE_RPS, ttl_s=ttl_s)
    assert found == pytest.approx(simulated.expiring(keys, times_s, CAPACITY, ttl_s, 20_000), abs=0.004)


@pytest.mark.parametrize("ttl_s", [0.1, 0.5, 3.0])
def test_a_simulated_random_replacement_with_a_time_to_live_hits_as_often(ttl_s: float) -> None:
    popularity = zipf(KEYS, 0.9)
    rng = np.random.default_rng(22)
    keys, times_s = simulated.draw(popularity, 120_000, rng), simulated.poisson_times_s(120_000, RATE_RPS, rng)
    found = ttl_and_size.random_hit_ratio(popularity, CAPACITY, rate_rps=RATE_RPS, ttl_s=ttl_s)
    simulated_ratio = simulated.expiring(keys, times_s, CAPACITY, ttl_s, 20_000, rng=rng)
    assert found == pytest.approx(simulated_ratio, abs=0.006)


def test_one_key_leaves_at_its_first_long_gap_or_at_its_end() -> None:
    """The mean time present, simulated cycle by cycle for one key: no characteristic time is involved."""
    rng = np.random.default_rng(23)
    window_s, ttl_s = 1.0, 5.5
    for rate_rps in (0.5, 1.0, 2.5):
        gaps_s = rng.exponential(1 / rate_rps, (40_000, 60))
        long = gaps_s > window_s
        first_long = np.argmax(long, axis=1)
        until_s = np.where(long, 0, gaps_s).cumsum(axis=1)[np.arange(40_000), first_long] + window_s
        present_s = np.minimum(until_s, ttl_s).mean()
        found = _hits_a_cycle(np.array([rate_rps]), ttl_s, window_s)[0]
        assert found == pytest.approx(rate_rps * present_s, rel=0.02)


def test_without_end_it_is_lru_alone_and_with_room_for_all_the_time_to_live_alone() -> None:
    popularity = zipf(KEYS, 0.9)
    alone = lru.hit_ratio(popularity, CAPACITY)
    for ttl_s in (math.inf, 1e7):
        found = ttl_and_size.lru_hit_ratio(popularity, CAPACITY, rate_rps=RATE_RPS, ttl_s=ttl_s)
        assert found == pytest.approx(alone, abs=1e-5)
    for capacity in (KEYS, 10 * KEYS):
        for ratio in (ttl_and_size.lru_hit_ratio, ttl_and_size.random_hit_ratio):
            found = ratio(popularity, capacity, rate_rps=RATE_RPS, ttl_s=2.0)
            assert found == pytest.approx(ttl.hit_ratio(popularity, rate_rps=RATE_RPS, ttl_s=2.0))


def test_a_time_to_live_that_keeps_the_cache_below_its_limit_acts_alone() -> None:
    popularity = zipf(KEYS, 0.9)
    held = ttl.hit_probabilities(popularity, rate_rps=RATE_RPS, ttl_s=0.05).sum()
    assert held < CAPACITY
    for ratio in (ttl_and_size.lru_hit_ratio, ttl_and_size.random_hit_ratio):
        found = ratio(popularity, CAPACITY, rate_rps=RATE_RPS, ttl_s=0.05)
        assert found == pytest.approx(ttl.hit_ratio(popularity, rate_rps=RATE_RPS, ttl_s=0.05))


def test_random_replacement_does_not_feel_a_longer_time_to_live_than_its_own() -> None:
    popularity = zipf(KEYS, 0.9)
    alone = random_replacement.hit_ratio(popularity, CAPACITY)
    found = ttl_and_size.random_hit_ratio(popularity, CAPACITY, rate_rps=RATE_RPS, ttl_s=1.0)
    assert found == pytest.approx(alone, abs=1e-9)


def test_a_longer_time_to_live_hits_more() -> None:
    popularity = zipf(KEYS, 0.9)
    found = [
        ttl_and_size.lru_hit_ratio(popularity, CAPACITY, rate_rps=RATE_RPS, ttl_s=float(ttl_s))
        for ttl_s in np.geomspace(0.01, 1e4, 80)
    ]
    assert (np.diff(found) > -1e-9).all()
    assert found[-1] - found[0] > 0.1


def test_the_leading_exponential_continues_the_series() -> None:
    """Four windows on, the series, which there still has its digits, and the exponential agree."""
    windows = SERIES_WINDOWS + 4
    continued = _series(RATES_A_WINDOW, SERIES_WINDOWS) + _tail(RATES_A_WINDOW, windows)
    assert continued == pytest.approx(_series(RATES_A_WINDOW, windows), rel=1e-8, abs=1e-12)


def test_without_end_the_hits_are_those_of_lru() -> None:
    rates = RATES_A_WINDOW[RATES_A_WINDOW < 20]
    assert _hits_a_cycle(rates, 1e12, 1.0) == pytest.approx(np.expm1(rates), rel=1e-6)
    assert _hits_a_cycle(rates, math.inf, 1.0) == pytest.approx(np.expm1(rates))


def test_the_ratio_is_the_mean_of_the_probabilities() -> None:
    popularity = np.append(np.random.default_rng(4).permutation(zipf(KEYS, 0.9)), 0.0)
    for ratio, probabilities in (
        (ttl_and_size.lru_hit_ratio, ttl_and_size.lru_hit_probabilities),
        (ttl_and_size.random_hit_ratio, ttl_and_size.random_hit_probabilities),
    ):
        keys = probabilities(popularity, CAPACITY, rate_rps=RATE_RPS, ttl_s=3.0)
        assert keys[-1] == 0
        found = ratio(popularity, CAPACITY, rate_rps=RATE_RPS, ttl_s=3.0)
        assert popularity @ keys == pytest.approx(found, abs=1e-6)


def test_a_time_to_live_that_cannot_be_is_refused() -> None:
    with pytest.raises(PredictionError, match="time to live of -1"):
        ttl_and_size.lru_hit_ratio(zipf(10, 1.0), 5, rate_rps=1, ttl_s=-1)
    with pytest.raises(PredictionError, match="rate of nan"):
        ttl_and_size.random_hit_ratio(zipf(10, 1.0), 5, rate_rps=math.nan, ttl_s=1)
