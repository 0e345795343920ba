import math

import numpy as np
import pytest

from analysis.errors import PredictionError
from analysis.prediction.mixture import mean_s, mix, quantile_s
from analysis.quantiles import quantile

SHARES = (0.50, 0.95, 0.99)


@pytest.fixture
def hits_s() -> np.ndarray:
    return np.random.default_rng(41).lognormal(-8, 0.5, 3_000)


@pytest.fixture
def misses_s() -> np.ndarray:
    return np.random.default_rng(42).lognormal(-5, 0.4, 1_000)


def test_at_the_hit_ratio_that_was_measured_it_is_the_sample_itself(
    hits_s: np.ndarray, misses_s: np.ndarray
) -> None:
    pooled = np.sort(np.concatenate([hits_s, misses_s]))
    mixture = mix(hits_s, misses_s)
    for share in SHARES:
        assert quantile_s(mixture, share, hit_ratio=0.75) == quantile(pooled, share)
    assert mean_s(mixture, hit_ratio=0.75) == pytest.approx(pooled.mean())


@pytest.mark.parametrize("copies", [2, 5])
def test_at_another_it_is_the_sample_with_each_hit_taken_several_times(
    hits_s: np.ndarray, misses_s: np.ndarray, copies: int
) -> None:
    pooled = np.sort(np.concatenate([np.repeat(hits_s, copies), misses_s]))
    hit_ratio = copies * hits_s.size / pooled.size
    mixture = mix(hits_s, misses_s)
    for share in SHARES:
        assert quantile_s(mixture, share, hit_ratio=hit_ratio) == quantile(pooled, share)
    assert mean_s(mixture, hit_ratio=hit_ratio) == pytest.approx(pooled.mean())


def test_at_the_ends_one_kind_is_left(hits_s: np.ndarray, misses_s: np.ndarray) -> None:
    mixture = mix(hits_s, misses_s)
    for share in SHARES:
        assert quantile_s(mixture, share, hit_ratio=1.0) == quantile(np.sort(hits_s), share)
        assert quantile_s(mixture, share, hit_ratio=0.0) == quantile(np.sort(misses_s), share)


def test_p99_is_a_misses_until_99_of_100_hit(hits_s: np.ndarray, misses_s: np.ndarray) -> None:
    mixture = mix(np.minimum(hits_s, 0.001), np.maximum(misses_s, 0.002))
    before, after = (quantile_s(mixture, 0.99, hit_ratio=ratio) for ratio in (0.985, 0.995))
    assert before is not None
    assert after is not None
    assert after <= 0.001
    assert before >= 0.002


def test_quantiles_fall_as_the_hit_ratio_rises(hits_s: np.ndarray, misses_s: np.ndarray) -> None:
    mixture = mix(hits_s, misses_s)
    for share in SHARES:
        found = [quantile_s(mixture, share, hit_ratio=float(ratio)) for ratio in np.linspace(0, 1, 41)]
        values = np.array([value for value in found if value is not None])
        assert (np.diff(values) <= 0).all()


def test_what_the_sample_cannot_bound_is_unknown() -> None:
    mixture = mix(np.full(1_000, 0.001), np.full(50, 0.010))
    assert quantile_s(mixture, 0.99, hit_ratio=0.95) is not None
    # Half of all weight on 50 values is worth fewer than the 368 that p99 takes.
    assert quantile_s(mixture, 0.99, hit_ratio=0.5) is None
    assert quantile_s(mixture, 0.50, hit_ratio=0.5) is not None


def test_without_any_of_a_kind_only_the_other_end_is_known() -> None:
    mixture = mix(np.full(400, 0.001), np.empty(0))
    assert quantile_s(mixture, 0.99, hit_ratio=1.0) == 0.001
    assert mean_s(mixture, hit_ratio=1.0) == pytest.approx(0.001)
    assert quantile_s(mixture, 0.50, hit_ratio=0.9) is None
    assert mean_s(mixture, hit_ratio=0.9) is None
    nothing = mix(np.empty(0), np.empty(0))
    assert quantile_s(nothing, 0.50, hit_ratio=0.5) is None


def test_failures_are_the_slowest_of_all() -> None:
    misses_s = np.append(np.full(950, 0.010), np.full(50, np.inf))
    mixture = mix(np.full(1_000, 0.001), misses_s)
    assert quantile_s(mixture, 0.95, hit_ratio=0.5) == 0.010
    assert quantile_s(mixture, 0.99, hit_ratio=0.5) == math.inf
    assert mean_s(mixture, hit_ratio=0.5) == math.inf
    assert mean_s(mixture, hit_ratio=1.0) == pytest.approx(0.001)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(PredictionError, match=r"hit ratio of 1\.2"):
        mean_s(mix(np.ones(10), np.ones(10)), hit_ratio=1.2)
    with pytest.raises(PredictionError, match="response times of misses"):
        mix(np.ones(3), np.array([0.1, math.nan]))
