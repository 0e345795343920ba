import numpy as np
import pytest

from analysis.errors import PredictionError
from analysis.prediction.victim_law import POOL_ENTRIES, victim_law

SHARES = np.array([0.01, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5])


@pytest.mark.parametrize("samples", [1, 3, 5, 10])
def test_without_a_pool_the_victim_is_the_oldest_of_the_samples(samples: int) -> None:
    found = victim_law(samples, pool_entries=1).among_oldest(SHARES)
    assert found == pytest.approx(1 - (1 - SHARES) ** samples, abs=1e-3)


def test_one_sample_is_a_random_victim_with_a_pool_or_without() -> None:
    assert victim_law(1, POOL_ENTRIES).among_oldest(SHARES) == pytest.approx(SHARES, abs=1e-9)


@pytest.mark.parametrize("samples", [2, 5, 10])
def test_a_simulated_pool_picks_victims_as_old(samples: int) -> None:
    """Ages are drawn afresh for every sample: 1 is the entry that has been idle for longest."""
    rng = np.random.default_rng(31)
    pool: list[float] = []
    victims = []
    for drawn in rng.random((60_000, samples)).tolist():
        pool = sorted(pool + drawn)[-POOL_ENTRIES:]
        victims.append(pool.pop())
    seen = [(np.array(victims) >= 1 - share).mean() for share in SHARES]
    assert victim_law(samples).among_oldest(SHARES) == pytest.approx(np.array(seen), abs=0.01)


def test_five_samples_and_a_pool_find_nearly_every_victim_among_the_oldest_fifth() -> None:
    with_pool = victim_law(5).among_oldest(np.array([0.2]))[0]
    without = victim_law(5, pool_entries=1).among_oldest(np.array([0.2]))[0]
    assert with_pool > 0.9 > without


def test_a_law_rises_from_0_to_1() -> None:
    for samples in (1, 5, 64):
        law = victim_law(samples)
        assert law.oldest_ratios[[0, -1]].tolist() == [0.0, 1.0]
        assert law.chances[[0, -1]] == pytest.approx(np.array([0.0, 1.0]), abs=1e-9)
        assert (np.diff(law.chances) > -1e-9).all()


def test_nothing_sampled_finds_no_victim() -> None:
    with pytest.raises(PredictionError, match="samples 0 entries"):
        victim_law(0)
    with pytest.raises(PredictionError, match="pool of 0"):
        victim_law(5, 0)
