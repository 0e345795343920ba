import math

import numpy as np
import pytest

from analysis.errors import PredictionError
from analysis.prediction import ttl
from analysis.prediction.database_load import hit_ratio_under_writes
from analysis.prediction.freshness import invalidated, left_to_ttl, older_ratio
from analysis.prediction.lifetime import Lifetime
from analysis.prediction.popularity import uniform, zipf
from tests.analysis.prediction.simulated_freshness import simulate

POPULARITY = zipf(300, 0.9)
RATES = {"read_rate_rps": 200.0, "write_rate_rps": 10.0}
ONE_KEY = np.array([1.0])


@pytest.mark.parametrize(("ttl_s", "jitter_ratio"), [(0.5, 0.1), (5.0, 0.0), (5.0, 1.0), (30.0, 0.5)])
def test_a_simulated_cache_is_as_often_stale_and_as_old(ttl_s: float, jitter_ratio: float) -> None:
    truth = simulate(
        POPULARITY, **RATES, ttl_s=ttl_s, jitter_ratio=jitter_ratio, seconds=1_000.0, invalidates=False,
        rng=np.random.default_rng(5),
    )  # fmt: skip
    found = left_to_ttl(POPULARITY, **RATES, lifetime=Lifetime(ttl_s=ttl_s, jitter_ratio=jitter_ratio))
    assert found.hit_ratio == pytest.approx(truth.hit_ratio, abs=0.004)
    assert found.stale_ratio == pytest.approx(truth.stale_ratio, abs=0.01)
    assert found.age_mean_s == pytest.approx(float(np.mean(truth.ages_s)), rel=0.05)
    assert found.age_p50_s == pytest.approx(float(np.quantile(truth.ages_s, 0.50)), rel=0.05)
    assert found.age_p99_s == pytest.approx(float(np.quantile(truth.ages_s, 0.99)), rel=0.03)


@pytest.mark.parametrize(("ttl_s", "jitter_ratio"), [(0.5, 0.1), (5.0, 0.0), (5.0, 1.0), (30.0, 0.5)])
def test_a_simulated_cache_that_writes_delete_from_hits_as_often(ttl_s: float, jitter_ratio: float) -> None:
    truth = simulate(
        POPULARITY, **RATES, ttl_s=ttl_s, jitter_ratio=jitter_ratio, seconds=1_000.0, invalidates=True,
        rng=np.random.default_rng(6),
    )  # fmt: skip
    found = invalidated(POPULARITY, **RATES, lifetime=Lifetime(ttl_s=ttl_s, jitter_ratio=jitter_ratio))
    assert found.hit_ratio == pytest.approx(truth.hit_ratio, abs=0.004)
    assert found.stale_ratio == truth.stale_ratio == 0.0
    assert found.age_p50_s is None


def test_without_jitter_the_shares_are_those_of_the_time_to_live() -> None:
    found = left_to_ttl(POPULARITY, **RATES, lifetime=Lifetime(ttl_s=5.0))
    assert found.hit_ratio == ttl.hit_ratio(POPULARITY, rate_rps=200.0, ttl_s=5.0)
    known = ttl.stale_ratio(POPULARITY, rate_rps=200.0, updates_rps=POPULARITY * 10.0, ttl_s=5.0)
    assert found.stale_ratio == pytest.approx(known, abs=1e-6)


def test_one_key_has_its_known_values() -> None:
    """One write and ten reads a lifetime: of 11 answers a cycle 10/e are stale; deleted, it lives (1 - 1/e) T."""
    rates = {"read_rate_rps": 5.0, "write_rate_rps": 0.5, "lifetime": Lifetime(ttl_s=2.0)}
    assert left_to_ttl(ONE_KEY, **rates).stale_ratio == pytest.approx(10 / math.e / 11)
    # The age of 1 s is reached by those of the second half: (1 - 2 (1 - e^(-1/2))) of the time there.
    older = older_ratio(ONE_KEY, **rates, age_s=1.0)
    assert older == pytest.approx(5.0 * (1.0 - 2 * (1 - math.exp(-0.5))) / 11)
    lives_s = 2.0 * (1 - 1 / math.e)
    assert invalidated(ONE_KEY, **rates).hit_ratio == pytest.approx(5.0 * lives_s / (1 + 5.0 * lives_s))


def test_rare_writes_have_ages_of_a_triangle() -> None:
    """With at most one write a lifetime its moment is uniform: P(age > a) = (1 - a/T)², mean T/3."""
    found = left_to_ttl(ONE_KEY, read_rate_rps=50.0, write_rate_rps=1e-6, lifetime=Lifetime(ttl_s=10.0))
    assert found.age_mean_s == pytest.approx(10 / 3, rel=1e-4)
    assert found.age_p50_s == pytest.approx(10 * (1 - math.sqrt(0.5)), rel=1e-4)
    assert found.age_p99_s == pytest.approx(10 * (1 - math.sqrt(0.01)), rel=1e-4)


def test_a_key_that_is_written_all_the_time_is_as_old_as_its_entry() -> None:
    found = left_to_ttl(ONE_KEY, read_rate_rps=50.0, write_rate_rps=1e6, lifetime=Lifetime(ttl_s=10.0))
    assert found.stale_ratio == pytest.approx(found.hit_ratio, abs=1e-4)
    assert found.age_p50_s == pytest.approx(5.0, rel=1e-3)
    assert found.age_mean_s == pytest.approx(5.0, rel=1e-3)


def test_nothing_is_stale_without_writes() -> None:
    life = Lifetime(ttl_s=5.0, jitter_ratio=0.1)
    for law in (left_to_ttl, invalidated):
        found = law(POPULARITY, read_rate_rps=200.0, write_rate_rps=0.0, lifetime=life)
        assert (found.stale_ratio, found.age_mean_s, found.age_p50_s, found.age_p99_s) == (0.0, None, None, None)
        assert found.hit_ratio == pytest.approx(ttl.hit_ratio(POPULARITY, rate_rps=200.0, ttl_s=5.0))


def test_a_short_life_is_fresh_and_a_long_one_is_all_hits_and_all_stale() -> None:
    short = left_to_ttl(POPULARITY, **RATES, lifetime=Lifetime(ttl_s=1e-9))
    assert (short.hit_ratio, short.stale_ratio) == pytest.approx((0.0, 0.0), abs=1e-6)
    long = left_to_ttl(POPULARITY, **RATES, lifetime=Lifetime(ttl_s=1e7))
    assert (long.hit_ratio, long.stale_ratio) == pytest.approx((1.0, 1.0), abs=1e-3)
    deleted = invalidated(POPULARITY, **RATES, lifetime=Lifetime(ttl_s=1e7))
    for_ever = hit_ratio_under_writes(POPULARITY, writes_a_read=10.0 / 200.0)
    assert deleted.hit_ratio == pytest.approx(for_ever, abs=1e-6)


def test_jitter_makes_answers_staler_and_leaves_the_hits() -> None:
    still, spread = (
        left_to_ttl(POPULARITY, **RATES, lifetime=Lifetime(ttl_s=5.0, jitter_ratio=jitter))
        for jitter in (0.0, 0.5)
    )
    assert still.hit_ratio == spread.hit_ratio
    assert 0.0 < spread.stale_ratio - still.stale_ratio < 0.02


def test_what_cannot_be_is_refused() -> None:
    life = Lifetime(ttl_s=5.0)
    with pytest.raises(PredictionError, match="-1 reads a second"):
        left_to_ttl(uniform(5), read_rate_rps=-1, write_rate_rps=1.0, lifetime=life)
    with pytest.raises(PredictionError, match="inf writes a second"):
        invalidated(uniform(5), read_rate_rps=1.0, write_rate_rps=math.inf, lifetime=life)
