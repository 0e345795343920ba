import numpy as np
import pytest

from analysis.intervals import Values
from analysis.prediction import lru, random_replacement
from analysis.prediction.popularity import hotspot, uniform, zipf
from tests.analysis.prediction import simulated


@pytest.mark.parametrize("popularity", [zipf(1_000, 0.8), zipf(1_000, 1.2), hotspot(1_000, 0.05, 0.6)])
@pytest.mark.parametrize("capacity", [5, 20, 50, 100, 600])
def test_gelenbes_exact_solution_is_met(popularity: Values, capacity: int) -> None:
    """The set held has a chance proportional to the product of its probabilities."""
    exact = _exact(popularity, capacity)
    allowed = 0.002 if capacity >= 50 else 0.01
    assert random_replacement.hit_ratio(popularity, capacity) == pytest.approx(exact, abs=allowed)


def test_a_simulated_fifo_hits_as_often() -> None:
    popularity = zipf(2_000, 0.9)
    keys = simulated.draw(popularity, 220_000, np.random.default_rng(8))
    found = random_replacement.hit_ratio(popularity, 200)
    assert found == pytest.approx(simulated.fifo(keys, 200, 20_000), abs=0.004)


def test_zipf_80_over_ten_thousand_keys_has_the_known_hit_ratio() -> None:
    assert random_replacement.hit_ratio(zipf(10_000, 0.8), 1_000) == pytest.approx(0.394, abs=0.0005)


def test_of_equally_popular_keys_the_share_that_is_held_hits() -> None:
    assert random_replacement.hit_ratio(uniform(1_000), 137) == pytest.approx(0.137, abs=1e-9)


def test_it_never_beats_lru() -> None:
    popularity = zipf(10_000, 0.99)
    for capacity in (1, 10, 500, 5_000, 9_900):
        assert random_replacement.hit_ratio(popularity, capacity) < lru.hit_ratio(popularity, capacity)


def _exact(popularity: Values, capacity: int) -> float:
    """1 - (C+1) e(C+1) / e(C), with e the elementary symmetric polynomials, here of the probabilities times C."""
    symmetric = np.zeros(capacity + 2)
    symmetric[0] = 1.0
    for probability in popularity * capacity:
        symmetric[1:] += probability * symmetric[:-1]
    return float(1 - (capacity + 1) * symmetric[-1] / symmetric[-2] / capacity)
