import math

import numpy as np
import pytest

from analysis.errors import PredictionError
from analysis.intervals import Values
from analysis.prediction import lru, random_replacement
from analysis.prediction.characteristic_time import (
    Occupancy,
    characteristic_time,
    hit_probabilities,
    hit_ratio,
    time_that_fills,
)
from analysis.prediction.popularity import hotspot, uniform, zipf

MODELS = [lru.occupancy, random_replacement.occupancy]
POPULARITIES = [uniform(1_000), zipf(10_000, 0.8), zipf(10_000, 2.5), hotspot(10_000, 0.01, 0.999)]


@pytest.mark.parametrize("occupancy", MODELS)
@pytest.mark.parametrize("popularity", POPULARITIES)
def test_what_is_present_at_the_time_found_fills_the_cache(occupancy: Occupancy, popularity: Values) -> None:
    for capacity in (1e-6, 0.5, 1.0, 3.7, 100.0, popularity.size / 2, popularity.size - 1, popularity.size - 1e-3):
        time = characteristic_time(occupancy, popularity, capacity)
        # Grouped neighbours may be off by 7e-8 a key.
        assert occupancy(popularity, time).sum() == pytest.approx(capacity, rel=1e-6, abs=1e-7 * popularity.size)


@pytest.mark.parametrize("occupancy", MODELS)
def test_a_cache_of_nothing_hits_nothing_and_one_of_all_keys_everything(occupancy: Occupancy) -> None:
    popularity = zipf(500, 1.0)
    assert characteristic_time(occupancy, popularity, 0) == 0
    assert hit_ratio(occupancy, popularity, 0) == 0
    assert hit_probabilities(occupancy, popularity, 0).tolist() == [0.0] * 500
    for capacity in (500, 501, 1e12):
        assert characteristic_time(occupancy, popularity, capacity) == math.inf
        assert hit_ratio(occupancy, popularity, capacity) == pytest.approx(1, abs=1e-12)
        assert hit_probabilities(occupancy, popularity, capacity).tolist() == [1.0] * 500


@pytest.mark.parametrize("occupancy", MODELS)
def test_towards_the_ends_there_is_no_jump(occupancy: Occupancy) -> None:
    popularity = zipf(500, 1.0)
    assert hit_ratio(occupancy, popularity, 1e-9) < 1e-9
    assert hit_ratio(occupancy, popularity, 500 - 1e-9) == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("occupancy", MODELS)
def test_a_key_that_is_never_asked_for_takes_no_room(occupancy: Occupancy) -> None:
    asked = zipf(100, 0.9)
    padded = np.concatenate([asked, np.zeros(900)])
    assert hit_ratio(occupancy, padded, 30) == pytest.approx(hit_ratio(occupancy, asked, 30))
    assert hit_probabilities(occupancy, padded, 100)[100:].tolist() == [0.0] * 900


@pytest.mark.parametrize("occupancy", MODELS)
def test_a_larger_cache_hits_more(occupancy: Occupancy) -> None:
    popularity = zipf(10_000, 0.99)
    found = [hit_ratio(occupancy, popularity, capacity) for capacity in np.geomspace(1, 9_999, 60)]
    assert (np.diff(found) > 0).all()


@pytest.mark.parametrize("occupancy", MODELS)
def test_the_ratio_is_the_mean_of_the_probabilities(occupancy: Occupancy) -> None:
    popularity = np.random.default_rng(2).permutation(zipf(5_000, 0.7))
    keys = hit_probabilities(occupancy, popularity, 700)
    assert popularity @ keys == pytest.approx(hit_ratio(occupancy, popularity, 700), abs=1e-7)


@pytest.mark.parametrize("occupancy", MODELS)
def test_a_popularity_that_runs_over_many_magnitudes_is_solved(occupancy: Occupancy) -> None:
    popularity = zipf(10_000, 40.0)
    for capacity in (1, 100, 10_000):
        assert 0 <= hit_ratio(occupancy, popularity, capacity) <= 1


def test_any_function_that_fills_can_be_solved() -> None:
    assert time_that_fills(lambda time: 10 * (1 - math.exp(-time)), 5) == pytest.approx(math.log(2))
    assert time_that_fills(lambda time: min(time, 3.0), 5) == math.inf


@pytest.mark.parametrize("capacity", [-1, math.nan, math.inf])
def test_a_capacity_that_cannot_be_is_refused(capacity: float) -> None:
    with pytest.raises(PredictionError, match="capacity of"):
        characteristic_time(lru.occupancy, zipf(10, 1.0), capacity)
