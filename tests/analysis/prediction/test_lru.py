from itertools import permutations

import numpy as np
import pytest

from analysis.intervals import Values
from analysis.prediction import lru
from analysis.prediction.popularity import hotspot, uniform, zipf
from tests.analysis.prediction import simulated


@pytest.mark.parametrize(
    ("capacity", "published"), [(100, 0.3769), (500, 0.5738), (1_000, 0.6641), (2_000, 0.7592), (5_000, 0.8941)]
)
def test_zipf_99_over_ten_thousand_keys_has_the_known_hit_ratios(capacity: int, published: float) -> None:
    assert lru.hit_ratio(zipf(10_000, 0.99), capacity) == pytest.approx(published, abs=0.00005)


def test_of_equally_popular_keys_the_share_that_is_held_hits() -> None:
    assert lru.hit_ratio(uniform(1_000), 137) == pytest.approx(0.137, abs=1e-9)


def test_it_is_near_kings_exact_solution_even_for_a_handful_of_keys() -> None:
    popularity = zipf(8, 1.0)
    for capacity in (1, 2, 4, 6):
        assert lru.hit_ratio(popularity, capacity) == pytest.approx(_exact(popularity, capacity), abs=0.02)


@pytest.mark.parametrize("popularity", [zipf(2_000, 0.8), zipf(2_000, 1.2), hotspot(2_000, 0.1, 0.7)])
@pytest.mark.parametrize("capacity", [20, 300])
def test_a_simulated_cache_hits_as_often(popularity: Values, capacity: int) -> None:
    keys = simulated.draw(popularity, 220_000, np.random.default_rng(7))
    assert lru.hit_ratio(popularity, capacity) == pytest.approx(simulated.lru(keys, capacity, 20_000), abs=0.004)


def test_each_key_is_hit_as_often_as_it_was_asked_for_within_the_time() -> None:
    popularity = np.array([0.5, 0.3, 0.2])
    found = lru.hit_probabilities(popularity, 1.5)
    assert found.sum() == pytest.approx(1.5)
    times = -np.log1p(-found) / popularity
    assert times == pytest.approx(np.full(3, times[0]))


def _exact(popularity: Values, capacity: int) -> float:
    """Add up every order of the keys held, as King did (Analysis of demand paging algorithms, IFIP 1971)."""
    hit_ratio = 0.0
    for held in permutations(range(popularity.size), capacity):
        chance, left = 1.0, 1.0
        for key in held:
            chance *= popularity[key] / left
            left -= popularity[key]
        hit_ratio += chance * (1 - left)
    return hit_ratio
