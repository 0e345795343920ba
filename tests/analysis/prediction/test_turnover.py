import math

import numpy as np
import pytest

from analysis.errors import PredictionError
from analysis.intervals import Values
from analysis.prediction import lru, random_replacement, turnover
from analysis.prediction.popularity import uniform, zipf
from analysis.prediction.turnover import redis_lru_hit_ratio, turnover_s
from tests.analysis.prediction import simulated

KEYS = 10_000
WARM_UP, MEASURED = 60_000, 160_000
WORST_ERROR = 0.006


@pytest.mark.parametrize("rate_rps", [100, 1_000, 4_000, 20_000])
@pytest.mark.parametrize("exponent", [0.8, 0.99])
def test_a_simulated_redis_hits_as_often(exponent: float, rate_rps: float) -> None:
    popularity = zipf(KEYS, exponent)
    found = redis_lru_hit_ratio(popularity, 1_000, rate_rps)
    assert found == pytest.approx(_simulated(popularity, 1_000, rate_rps), abs=WORST_ERROR)


@pytest.mark.parametrize(("capacity", "samples"), [(200, 5), (5_000, 5), (1_000, 1), (1_000, 10)])
def test_other_sizes_and_samples_are_predicted_as_well(capacity: int, samples: int) -> None:
    popularity = zipf(KEYS, 0.8)
    rate_rps = turnover_s(popularity, capacity, 1.0) / 2  # two ticks a turnover
    found = redis_lru_hit_ratio(popularity, capacity, rate_rps, samples=samples)
    assert found == pytest.approx(_simulated(popularity, capacity, rate_rps, samples), abs=WORST_ERROR)


def test_one_sample_is_random_replacement_at_any_rate() -> None:
    popularity = zipf(KEYS, 0.8)
    known = random_replacement.hit_ratio(popularity, 1_000)
    for rate_rps in (10, 2_000, 50_000):
        assert redis_lru_hit_ratio(popularity, 1_000, rate_rps, samples=1) == pytest.approx(known, abs=1e-3)


def test_a_turnover_in_a_small_part_of_a_tick_is_random_replacement() -> None:
    popularity = zipf(KEYS, 0.8)
    known = random_replacement.hit_ratio(popularity, 1_000)
    assert redis_lru_hit_ratio(popularity, 1_000, 5e6) == pytest.approx(known, abs=1e-3)


def test_many_samples_and_ticks_a_turnover_are_lru() -> None:
    popularity = zipf(KEYS, 0.8)
    known = lru.hit_ratio(popularity, 1_000)
    assert redis_lru_hit_ratio(popularity, 1_000, 1.0, samples=64) == pytest.approx(known, abs=2e-3)


@pytest.mark.parametrize("ticks", [1.5, 2.0, 4.0])
def test_perfect_victims_give_chords_of_the_lru_curve(ticks: float) -> None:
    popularity = zipf(KEYS, 0.8)
    rate_rps = turnover_s(popularity, 1_000, 1.0) / ticks
    found = redis_lru_hit_ratio(popularity, 1_000, rate_rps, samples=64)
    assert found == pytest.approx(_chords(popularity, 1_000, rate_rps), abs=2e-3)


def test_a_faster_turnover_hits_less() -> None:
    popularity = zipf(KEYS, 0.99)
    found = [redis_lru_hit_ratio(popularity, 1_000, float(rate_rps)) for rate_rps in np.geomspace(50, 1e5, 12)]
    assert (np.diff(found) < 1e-4).all()
    assert found[0] - found[-1] > 0.02


@pytest.mark.parametrize(("rate_rps", "measured"), [(1_000, 0.4020), (4_000, 0.3744), (11_947, 0.3641)])
def test_sampling_neighbours_in_a_table_costs_what_a_real_server_was_seen_to_lose(
    rate_rps: float, measured: float
) -> None:
    """Valkey 9.1.2, Zipf 0.8 over 10,000 keys, 867 held in 256 buckets, by benchmarks/turnover.py."""
    popularity = zipf(KEYS, 0.8)
    table = _simulated(popularity, 867, rate_rps, buckets=256)
    assert table == pytest.approx(measured, abs=0.007)
    assert 0 < redis_lru_hit_ratio(popularity, 867, rate_rps) - table < 0.02


@pytest.mark.parametrize("rate_rps", [10, 100, 1_000, 4_000])
def test_finer_steps_change_nothing_that_counts(monkeypatch: pytest.MonkeyPatch, rate_rps: float) -> None:
    popularity = zipf(KEYS, 0.99)
    found = redis_lru_hit_ratio(popularity, 1_000, rate_rps)
    monkeypatch.setattr(turnover, "_STEPS_A_TURNOVER", 128)
    monkeypatch.setattr(turnover, "_TICKS_A_TURNOVER", 64)
    assert redis_lru_hit_ratio(popularity, 1_000, rate_rps) == pytest.approx(found, abs=2e-4)


def test_only_the_requests_a_tick_count() -> None:
    popularity = zipf(KEYS, 0.8)
    found = redis_lru_hit_ratio(popularity, 1_000, 2_000, clock_s=2.0)
    assert found == pytest.approx(redis_lru_hit_ratio(popularity, 1_000, 4_000))


def test_the_ends_are_0_and_1_and_alike_keys_hit_by_their_share() -> None:
    popularity = zipf(100, 1.0)
    assert redis_lru_hit_ratio(popularity, 0, 1_000) == 0
    assert redis_lru_hit_ratio(popularity, 100, 1_000) == 1
    assert redis_lru_hit_ratio(uniform(KEYS), 2_500, 1_000) == pytest.approx(0.25, abs=1e-4)


def test_a_turnover_is_the_characteristic_time_over_the_rate() -> None:
    assert turnover_s(uniform(1_000), 500, 100) == pytest.approx(10 * math.log(2), rel=1e-9)
    assert turnover_s(uniform(1_000), 1_000, 100) == math.inf


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"rate_rps": 0}, "rate of 0"),
        ({"rate_rps": math.nan}, "rate of nan"),
        ({"clock_s": 0}, "ticks every 0"),
        ({"samples": 0}, "samples 0"),
        ({"capacity_keys": -1}, "capacity of -1"),
    ],
)
def test_what_cannot_be_is_refused(arguments: dict[str, float], message: str) -> None:
    with pytest.raises(PredictionError, match=message):
        redis_lru_hit_ratio(zipf(10, 1.0), **{"capacity_keys": 5, "rate_rps": 100, **arguments})  # type: ignore[arg-type]


def _simulated(
    popularity: Values, capacity: int, rate_rps: float, samples: int = 5, buckets: int | None = None
) -> float:
    """Measure over whole ticks where there are some, from a warm cache on."""
    rng = np.random.default_rng(round(capacity + rate_rps))
    warm_up = math.ceil(WARM_UP / rate_rps) * rate_rps
    measured = math.ceil(MEASURED / rate_rps) * rate_rps
    places = np.arange(round(warm_up + measured))
    keys = simulated.draw(popularity, places.size, rng)
    ticks = np.floor_divide(places, rate_rps).astype(np.int64)
    held: simulated.RandomPlaces | simulated.TablePlaces = simulated.RandomPlaces(rng, samples)
    if buckets is not None:
        held = simulated.TablePlaces(rng, samples, keys=popularity.size, buckets=buckets)
    return simulated.redis_lru(keys, ticks, capacity, round(warm_up), held)


def _chords(popularity: Values, capacity: float, rate_rps: float) -> float:
    """At any moment all keys of some whole ticks are present, and a part of those of the tick before."""
    time_s = turnover_s(popularity, capacity, rate_rps)
    ratios = []
    for start_s in time_s - (np.arange(200) + 0.5) / 200:
        near, far = (-np.expm1(-popularity * rate_rps * window_s) for window_s in (start_s, start_s + 1.0))
        part = (capacity - near.sum()) / (far - near).sum()
        ratios.append(popularity @ (near + part * (far - near)))
    return float(np.mean(ratios))
