import numpy as np
import pytest

from analysis.errors import PredictionError
from analysis.prediction import lru, perfect_lfu
from analysis.prediction.popularity import uniform, zipf


def test_the_most_popular_keys_are_held_and_no_others() -> None:
    popularity = np.array([0.1, 0.4, 0.2, 0.3])
    assert perfect_lfu.hit_probabilities(popularity, 2).tolist() == [0, 1, 0, 1]
    assert perfect_lfu.hit_ratio(popularity, 2) == pytest.approx(0.7)


def test_a_part_of_a_key_is_held_for_that_part_of_the_time() -> None:
    assert perfect_lfu.hit_ratio(np.array([0.4, 0.3, 0.2, 0.1]), 1.5) == pytest.approx(0.55)


def test_the_ends_are_0_and_1() -> None:
    popularity = zipf(100, 1.0)
    assert perfect_lfu.hit_ratio(popularity, 0) == 0
    assert perfect_lfu.hit_ratio(popularity, 100) == pytest.approx(1)
    assert perfect_lfu.hit_ratio(popularity, 1_000) == pytest.approx(1)
    assert perfect_lfu.hit_ratio(np.array([1.0]), 1) == 1


def test_no_other_policy_beats_it_and_where_all_keys_are_alike_none_differs() -> None:
    popularity = zipf(10_000, 0.99)
    for capacity in (1, 100, 9_000):
        assert perfect_lfu.hit_ratio(popularity, capacity) > lru.hit_ratio(popularity, capacity)
    assert perfect_lfu.hit_ratio(uniform(100), 30) == pytest.approx(0.3)


def test_a_negative_capacity_is_refused() -> None:
    with pytest.raises(PredictionError, match="capacity of -1"):
        perfect_lfu.hit_ratio(zipf(10, 1.0), -1)
