import math

import numpy as np
import pytest

from analysis.errors import PredictionError
from analysis.prediction import ttl
from analysis.prediction.popularity import uniform, zipf
from tests.analysis.prediction import simulated

KEYS = 500
RATE_RPS = 200.0
NO_LIMIT = KEYS + 1


@pytest.mark.parametrize("ttl_s", [0.5, 5.0, 60.0])
def test_a_simulated_cache_with_a_time_to_live_hits_as_often(ttl_s: float) -> None:
    popularity = zipf(KEYS, 0.9)
    rng = np.random.default_rng(3)
    keys, times_s = simulated.draw(popularity, 200_000, rng), simulated.poisson_times_s(200_000, RATE_RPS, rng)
    from_fill = simulated.expiring(keys, times_s, NO_LIMIT, ttl_s, 20_000)
    assert ttl.hit_ratio(popularity, rate_rps=RATE_RPS, ttl_s=ttl_s) == pytest.approx(from_fill, abs=0.004)
    sliding = simulated.expiring(keys, times_s, NO_LIMIT, ttl_s, 20_000, renew_on_hit=True)
    assert ttl.sliding_hit_ratio(popularity, rate_rps=RATE_RPS, ttl_s=ttl_s) == pytest.approx(sliding, abs=0.004)


def test_one_key_follows_the_two_laws() -> None:
    # One request a second, ten seconds: 10 hits a miss; and e^-10 of the gaps are longer.
    assert ttl.hit_ratio(np.array([1.0]), rate_rps=1, ttl_s=10) == pytest.approx(10 / 11)
    assert ttl.sliding_hit_ratio(np.array([1.0]), rate_rps=1, ttl_s=10) == pytest.approx(1 - math.exp(-10))


def test_for_ever_everything_hits_and_for_no_time_nothing() -> None:
    popularity = np.append(zipf(KEYS, 0.9), 0.0)
    for ratio in (ttl.hit_ratio, ttl.sliding_hit_ratio):
        assert ratio(popularity, rate_rps=RATE_RPS, ttl_s=math.inf) == pytest.approx(1)
        assert ratio(popularity, rate_rps=RATE_RPS, ttl_s=0) == 0
    for probabilities in (ttl.hit_probabilities, ttl.sliding_hit_probabilities):
        assert probabilities(popularity, rate_rps=RATE_RPS, ttl_s=math.inf).tolist() == [1.0] * KEYS + [0.0]


def test_the_ratio_is_the_mean_of_the_probabilities() -> None:
    popularity = np.random.default_rng(4).permutation(zipf(KEYS, 0.9))
    for ratio, probabilities in (
        (ttl.hit_ratio, ttl.hit_probabilities),
        (ttl.sliding_hit_ratio, ttl.sliding_hit_probabilities),
    ):
        keys = probabilities(popularity, rate_rps=RATE_RPS, ttl_s=3)
        assert popularity @ keys == pytest.approx(ratio(popularity, rate_rps=RATE_RPS, ttl_s=3), abs=1e-6)


def test_only_rate_times_time_counts() -> None:
    popularity = zipf(KEYS, 0.9)
    assert ttl.hit_ratio(popularity, rate_rps=10, ttl_s=6) == ttl.hit_ratio(popularity, rate_rps=60, ttl_s=1)


@pytest.mark.parametrize(("updates", "known"), [(0.0, 0.0), (1.0, math.exp(-1)), (math.inf, 1.0)])
def test_staleness_has_its_known_values(updates: float, known: float) -> None:
    """One update expected in a lifetime leaves 1 - (1 - 1/e) stale; a life without end leaves nothing fresh."""
    rate_rps, ttl_s = (updates / 2, 2.0) if math.isfinite(updates) else (1.0, math.inf)
    assert float(ttl.staleness_ratio(rate_rps, ttl_s=ttl_s)) == pytest.approx(known)


def test_staleness_of_rare_updates_is_half_of_those_expected() -> None:
    assert ttl.staleness_ratio(np.array([1e-12, 1e-6]), ttl_s=1.0) == pytest.approx(
        np.array([5e-13, 5e-7]), rel=1e-6
    )


def test_the_series_for_rare_updates_gives_way_to_the_closed_form_without_a_step() -> None:
    """Both sides are held to the sum over n of (-1)^n x^(n+1) / (n+2)!, to more terms than the series has."""
    updates = np.array([0.9999e-3, 1.0001e-3])
    expected = sum((-1) ** n * updates ** (n + 1) / math.factorial(n + 2) for n in range(8))
    assert ttl.staleness_ratio(updates, ttl_s=1.0) == pytest.approx(expected, rel=1e-9)


def test_simulated_answers_are_stale_as_often() -> None:
    popularity, updates_rps, ttl_s = zipf(50, 0.9), np.linspace(0.01, 0.5, 50), 4.0
    rng = np.random.default_rng(6)
    keys = simulated.draw(popularity, 200_000, rng)
    times_s = simulated.poisson_times_s(200_000, RATE_RPS, rng)
    stale = _stale(keys.tolist(), times_s.tolist(), updates_rps.tolist(), ttl_s, rng)
    found = ttl.stale_ratio(popularity, rate_rps=RATE_RPS, updates_rps=updates_rps, ttl_s=ttl_s)
    assert found == pytest.approx(stale, abs=0.01)


def test_one_rate_of_updates_stands_for_all_keys() -> None:
    popularity = uniform(20)
    one = ttl.stale_ratio(popularity, rate_rps=5, updates_rps=0.1, ttl_s=3)
    assert one == pytest.approx(ttl.stale_ratio(popularity, rate_rps=5, updates_rps=np.full(20, 0.1), ttl_s=3))
    hits = ttl.hit_ratio(popularity, rate_rps=5, ttl_s=3)
    assert one == pytest.approx(hits * float(ttl.staleness_ratio(0.1, ttl_s=3)))


def test_what_cannot_be_is_refused() -> None:
    popularity = uniform(20)
    with pytest.raises(PredictionError, match="rate of -1"):
        ttl.hit_ratio(popularity, rate_rps=-1, ttl_s=3)
    with pytest.raises(PredictionError, match="time to live of -3"):
        ttl.sliding_hit_ratio(popularity, rate_rps=1, ttl_s=-3)
    with pytest.raises(PredictionError, match="time to live of nan"):
        ttl.staleness_ratio(1.0, ttl_s=math.nan)
    with pytest.raises(PredictionError, match="rate of updates"):
        ttl.staleness_ratio(-1.0, ttl_s=1)
    with pytest.raises(PredictionError, match="3 rates of updates for 20 keys"):
        ttl.stale_ratio(popularity, rate_rps=1, updates_rps=np.ones(3), ttl_s=1)


def _stale(
    keys: list[int], times_s: list[float], updates_rps: list[float], ttl_s: float, rng: np.random.Generator
) -> float:
    """Return the share of answers that an update has overtaken; each key's next update is drawn as time passes."""
    filled_s: dict[int, float] = {}
    last_s = dict.fromkeys(range(len(updates_rps)), -math.inf)
    next_s = {key: float(rng.exponential(1 / rate)) for key, rate in enumerate(updates_rps)}
    stale = 0
    for key, now_s in zip(keys, times_s, strict=True):
        while next_s[key] <= now_s:
            last_s[key] = next_s[key]
            next_s[key] += float(rng.exponential(1 / updates_rps[key]))
        if now_s - filled_s.get(key, -math.inf) >= ttl_s:
            filled_s[key] = now_s
        stale += last_s[key] > filled_s[key]
    return stale / len(keys)
