from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq

from analysis.errors import PredictionError
from analysis.prediction.eviction_settings import POLICIES, EvictionSettings
from analysis.prediction.sampled_eviction import ReplayResult, replay
from analysis.prediction.stack_distance import lru_curve
from loadtests.popularity.zipf import Zipf


def settings(policy: str, capacity_keys: int, rate_rps: float = 1.0, **others: Any) -> EvictionSettings:
    return EvictionSettings(
        **{
            "policy": policy,
            "capacity_keys": capacity_keys,
            "rate_rps": rate_rps,
            "ttl_s": 1e6 if policy == "volatile-ttl" else None,
            **others,
        }
    )


def zipf(keys: int, exponent: float, requests: int, seed: int = 1) -> np.ndarray:
    return Zipf(keys, exponent).draw(requests, 0, np.random.default_rng(seed))


def random_replacement(keys: int, exponent: float, capacity: int) -> float:
    """The hit ratio of random replacement under independent requests (Garetto et al., arXiv 1307.6702)."""
    p = np.arange(1, keys + 1) ** -exponent
    p /= p.sum()
    t = brentq(lambda t: (p * t / (1 + p * t)).sum() - capacity, 1, 1e9)
    return float((p * p * t / (1 + p * t)).sum())


# Cases that can be counted by hand


@pytest.mark.parametrize("policy", POLICIES)
def test_a_cache_that_holds_everything_misses_first_requests_only(policy):
    result = replay([0, 1, 2, 0, 1, 2, 2], settings(policy, 3), 1)
    assert result == ReplayResult(requests=7, hits=4, evictions=0, expirations=0, failures=0, held_keys=3)


@pytest.mark.parametrize("policy", [policy for policy in POLICIES if policy != "noeviction"])
def test_a_full_cache_evicts_one_key_for_each_that_comes_in(policy):
    result = replay([0, 1, 2, 3, 4], settings(policy, 2), 1)
    assert (result.hits, result.evictions, result.held_keys) == (0, 3, 2)


def test_noeviction_refuses_what_has_no_room_and_keeps_the_rest():
    result = replay([0, 1, 2, 0, 2, 1], settings("noeviction", 2), 1)
    assert (result.hits, result.failures, result.evictions, result.held_keys) == (2, 2, 0, 2)


def test_a_write_deletes_its_key_and_is_neither_hit_nor_miss():
    result = replay(
        [0, 1, 0, 0, 1, 1], settings("allkeys-lru", 2), 1, writes=[False, False, True, False, False, True]
    )
    assert result == ReplayResult(requests=4, hits=1, evictions=0, expirations=0, failures=0, held_keys=1)


def test_what_a_write_makes_room_for_evicts_nothing():
    writes = [False, False, True, False]
    assert replay([0, 1, 0, 2], settings("allkeys-lru", 2), 1, writes=writes).evictions == 0
    assert replay([0, 1, 2], settings("allkeys-lru", 2), 1).evictions == 1


@pytest.mark.parametrize("policy", ["allkeys-lru", "allkeys-random"])
def test_writes_cost_the_hits_that_a_cache_of_everything_loses_to_them(policy):
    # A read hits where the request for its key before it was a read as well: four in five.
    keys = zipf(50, 0.5, 200_000)
    writes = np.random.default_rng(5).random(keys.size) < 0.2
    found = replay(keys, settings(policy, 50), 1, skip=1000, writes=writes)
    assert found.requests == np.count_nonzero(~writes[1000:])
    assert found.hit_ratio == pytest.approx(0.8, abs=0.005)


def test_writes_that_leave_nothing_to_count_are_refused():
    with pytest.raises(PredictionError, match="give at least one that reads"):
        replay([0, 1, 1], settings("allkeys-lru", 2), 1, skip=1, writes=[False, True, True])
    with pytest.raises(PredictionError, match="whether it writes"):
        replay([0, 1, 1], settings("allkeys-lru", 2), 1, writes=[True])


def test_lru_evicts_the_key_idle_for_longest():
    # At one request a second and two keys, the sample of five is all there is.
    result = replay([0, 1, 0, 2, 0, 1], settings("allkeys-lru", 2), 1)
    assert (result.hits, result.evictions) == (2, 2)


def test_lru_cannot_tell_what_happened_within_one_second():
    hits = {
        replay([0, 1, 0, 2, 0, 1], settings("allkeys-lru", 2, 1e6, sampling="uniform"), seed).hits
        for seed in range(40)
    }
    assert hits == {1, 2}


def test_volatile_ttl_evicts_what_would_expire_first_however_lately_used():
    result = replay([0, 1, 0, 2, 0], settings("volatile-ttl", 2), 1)
    assert (result.hits, result.evictions) == (1, 2)


def test_lfu_keeps_what_is_asked_for_often():
    often = np.tile(np.arange(20), 50)
    once = np.arange(20, 520)
    keys = np.concatenate([often, once, np.arange(20)])
    result = replay(keys, settings("allkeys-lfu", 40, 100.0), 1, skip=often.size + once.size)
    assert result.hits == 20


@pytest.mark.parametrize(("decay_min", "hits"), [(1, 0), (0, 20)])
def test_lfu_forgets_by_the_minute_unless_told_not_to(decay_min, hits):
    often, pause_s = np.tile(np.arange(20), 50), 3_600
    once = np.arange(20, 520)
    keys = np.concatenate([often, once, np.arange(20)])
    arrivals_s = np.arange(keys.size) / 100 + np.where(np.arange(keys.size) < often.size, 0, pause_s)
    result = replay(
        keys,
        settings("allkeys-lfu", 40, lfu_decay_min=decay_min),
        1,
        skip=often.size + once.size,
        arrivals_s=arrivals_s,
    )
    assert result.hits == pytest.approx(hits, abs=1)


def test_an_entry_expires_its_ttl_after_the_fill_not_after_a_hit():
    result = replay([0] * 7, settings("allkeys-lru", 1, ttl_s=2.5, active_expiry=False), 1)
    # Filled at 0, 3 and 6 s.
    assert (result.hits, result.expirations) == (4, 2)


def test_jitter_spreads_the_ends_of_entries_filled_together():
    keys = np.concatenate([np.arange(1_000), np.arange(1_000)])
    arrivals_s = np.repeat([0.0, 10.0], 1_000)
    jittered = settings("allkeys-lru", 1_000, ttl_s=10, ttl_jitter_ratio=0.5)
    assert replay(keys, jittered, 1, arrivals_s=arrivals_s).hits == pytest.approx(500, abs=5 * np.sqrt(250))


def test_the_server_finds_expired_entries_that_nobody_asks_for():
    keys = np.concatenate([np.arange(1_000), np.full(100, 1_000)])
    arrivals_s = np.concatenate([np.zeros(1_000), np.arange(100) * 0.1])
    found = {
        active: replay(
            keys, settings("allkeys-lru", 2_000, ttl_s=1, active_expiry=active), 1, arrivals_s=arrivals_s
        )
        for active in (True, False)
    }
    assert found[True].held_keys <= 101  # up to a tenth of what is looked at may be left
    assert found[False].held_keys == 1_001


# Limits


@pytest.mark.parametrize("capacity", [20, 100, 300])
def test_with_a_fine_clock_and_all_keys_looked_at_it_is_exact_lru(capacity):
    keys = zipf(500, 0.9, 20_000)
    fine = settings("allkeys-lru", capacity, 0.5, samples=500, pool_keys=1, sampling="uniform")
    assert replay(keys, fine, 1, skip=5_000).hit_ratio == lru_curve(keys, skip=5_000).hit_ratio(capacity)


@pytest.mark.parametrize("sampling", ["uniform", "buckets"])
def test_at_a_slow_rate_five_samples_come_near_lru(sampling):
    keys = zipf(10_000, 0.8, 200_000)
    slow = settings("allkeys-lru", 1_000, 10.0, sampling=sampling)
    exact = lru_curve(keys, skip=50_000).hit_ratio(1_000)
    assert replay(keys, slow, 1, skip=50_000).hit_ratio == pytest.approx(exact, abs=0.01)


@pytest.mark.parametrize("policy", ["allkeys-random", "allkeys-lru"])
@pytest.mark.parametrize(("exponent", "capacity"), [(0.8, 1_000), (0.99, 5_000)])
def test_within_one_second_lru_is_random_replacement(policy, exponent, capacity):
    keys = zipf(10_000, exponent, 500_000)
    fast = settings(policy, capacity, 1e9, sampling="uniform")
    expected = random_replacement(10_000, exponent, capacity)
    assert replay(keys, fast, 1, skip=150_000).hit_ratio == pytest.approx(expected, abs=0.01)


def test_lfu_comes_between_lru_and_the_most_popular_keys():
    keys, capacity = zipf(10_000, 0.99, 500_000), 1_000
    perfect = float(np.mean(keys[150_000:] < capacity))
    lru = float(lru_curve(keys, skip=150_000).hit_ratio(capacity))
    assert lru < replay(keys, settings("allkeys-lfu", capacity, 10_000.0), 1, skip=150_000).hit_ratio < perfect


@pytest.mark.parametrize("ttl_s", [1.0, 5.0, 30.0])
def test_a_roomy_cache_follows_the_law_of_the_ttl(ttl_s):
    rate_rps, keys, exponent = 1_000.0, 10_000, 0.8
    p = np.arange(1, keys + 1) ** -exponent
    p /= p.sum()
    expected = float((p * (p * rate_rps * ttl_s) / (1 + p * rate_rps * ttl_s)).sum())
    requests = zipf(keys, exponent, 400_000)
    rng = np.random.default_rng(2)
    arrivals_s = np.cumsum(rng.exponential(1 / rate_rps, requests.size))
    roomy = settings("allkeys-lru", keys, ttl_s=ttl_s)
    found = replay(requests, roomy, 1, skip=100_000, arrivals_s=arrivals_s).hit_ratio
    assert found == pytest.approx(expected, abs=0.005)


# Seen on a real server (Valkey 9.1, Zipf 0.8 over 10,000 keys, 1,000 of them kept)


@pytest.mark.parametrize(("rate_rps", "seen"), [(1_000.0, 0.440), (4_000.0, 0.404), (25_000.0, 0.375)])
def test_the_hit_ratio_falls_with_the_rate_as_the_servers_did(rate_rps, seen):
    keys = zipf(10_000, 0.8, 400_000)
    predicted = [
        replay(keys, settings("allkeys-lru", 1_000, rate_rps), seed, skip=100_000).hit_ratio for seed in (1, 2)
    ]
    assert np.mean(predicted) == pytest.approx(seen, abs=0.015)


# The door


@pytest.mark.parametrize("policy", POLICIES)
def test_a_seed_gives_the_same_replay_again(policy):
    keys, some = zipf(1_000, 0.8, 20_000), settings(policy, 100, 1_000.0)
    one, again, other = (replay(keys, some, seed) for seed in (1, 1, 2))
    assert one == again
    assert policy in ("noeviction", "volatile-ttl") or one != other


def test_even_arrivals_are_those_of_the_rate():
    keys = zipf(1_000, 0.8, 20_000)
    by_rate = replay(keys, settings("allkeys-lru", 100, 1_000.0), 1)
    assert replay(keys, settings("allkeys-lru", 100, 5.0), 1, arrivals_s=np.arange(20_000) / 1_000) == by_rate


@pytest.mark.parametrize("arrivals_s", [[0.0], [1.0, 0.5], [-1.0, 0.0], [0.0, np.nan], [[0.0, 1.0]]])
def test_arrivals_that_do_not_fit_the_requests_are_refused(arrivals_s):
    with pytest.raises(PredictionError, match="as many arrivals"):
        replay([0, 1], settings("allkeys-lru", 1), 1, arrivals_s=arrivals_s)
