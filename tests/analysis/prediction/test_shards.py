import numpy as np
import pytest

from analysis.errors import PredictionError
from analysis.prediction.shards import shards_curve
from analysis.prediction.stack_distance import lru_curve
from loadtests.popularity.zipf import Zipf

KEYS = 50_000
CAPACITIES = np.array([2_500, 5_000, 10_000, 25_000])  # 100 to 1,000 keys of a sample of 2,000


@pytest.fixture(scope="module")
def trace() -> np.ndarray:
    return Zipf(KEYS, 0.8).draw(400_000, 0, np.random.default_rng(1))


def test_a_sample_that_holds_all_keys_is_exact():
    keys = Zipf(300, 0.8).draw(20_000, 0, np.random.default_rng(2))
    exact, sampled = lru_curve(keys, skip=1_000), shards_curve(keys, random_seed=1, sample_keys=300, skip=1_000)
    capacities = np.arange(310)
    assert sampled.hit_ratio(capacities) == pytest.approx(exact.hit_ratio(capacities))
    assert sampled.sampled_ratio == 1
    assert sampled.standard_error(capacities) == pytest.approx(np.zeros(capacities.size))


def test_the_same_seed_gives_the_same_curve(trace):
    one, again, other = (
        shards_curve(trace, random_seed=seed, sample_keys=500).hit_ratio(CAPACITIES) for seed in (1, 1, 2)
    )
    assert one.tolist() == again.tolist() != other.tolist()


def test_the_interval_holds_the_exact_ratio_as_often_as_it_says(trace):
    exact = lru_curve(trace).hit_ratio(CAPACITIES)
    held = []
    for seed in range(40):
        low, high = shards_curve(trace, random_seed=seed, sample_keys=2_000).interval(CAPACITIES)
        held.append((low <= exact) & (exact <= high))
    # The four sizes of a run share its samples: 0.95, less three standard errors of 40 independent ones.
    assert np.mean(held) > 0.95 - 3 * np.sqrt(0.95 * 0.05 / 40)


def test_eight_samples_of_a_twentieth_of_the_keys_are_within_a_point(trace):
    curve = shards_curve(trace, random_seed=1, sample_keys=2_000)
    assert 0.03 < curve.sampled_ratio < 0.05  # 2,000 of the 49,000 keys that occur
    assert curve.hit_ratio(CAPACITIES) == pytest.approx(lru_curve(trace).hit_ratio(CAPACITIES), abs=0.01)


def test_a_sample_without_the_hottest_key_still_counts_its_hits():
    # One key has half of all requests: samples that lack it see half of what they should.
    cold = np.random.default_rng(3).integers(1, 5_000, 50_000)
    keys = np.column_stack([np.zeros_like(cold), cold]).ravel()
    curve = shards_curve(keys, random_seed=1, sample_keys=200, repeats=4)
    assert curve.hit_ratio(2_500) == pytest.approx(lru_curve(keys).hit_ratio(2_500), abs=0.02)


def test_no_capacity_has_no_hits_and_more_never_has_fewer(trace):
    ratios = shards_curve(trace, random_seed=1, sample_keys=500).hit_ratio(np.arange(0, KEYS, 500))
    assert ratios[0] == 0
    assert np.all(np.diff(ratios) >= 0)


def test_progress_is_told_after_every_pass():
    told: list[int] = []
    shards_curve([0, 1, 0], random_seed=1, sample_keys=2, repeats=3, progress=told.append)
    assert told == [1, 2, 3]


@pytest.mark.parametrize("options", [{"sample_keys": 1}, {"repeats": 1}])
def test_one_sample_tells_no_error(options):
    with pytest.raises(PredictionError, match="tell no error"):
        shards_curve([0, 1], random_seed=1, **options)
