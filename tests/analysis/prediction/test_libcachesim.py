"""The models held to libCacheSim where it is installed (`pip install libcachesim`): another hand's simulator.

It is under the GPL, so that nothing here may depend on it, and these tests are skipped without it.

References:
    Yang et al., libCacheSim, https://github.com/1a1a11a/libCacheSim.
"""

from typing import Any

import numpy as np
import pytest

from analysis.prediction import lru, perfect_lfu, random_replacement
from analysis.prediction.eviction_settings import EvictionSettings
from analysis.prediction.popularity import zipf
from analysis.prediction.sampled_eviction import replay
from analysis.prediction.stack_distance import lru_curve

libcachesim = pytest.importorskip("libcachesim")

KEYS, REQUESTS, WARM_UP = 4_000, 300_000, 100_000
CAPACITIES = (40, 400, 2_000)
POPULARITY = zipf(KEYS, 0.99)
TRACE = np.searchsorted(np.cumsum(POPULARITY), np.random.default_rng(11).random(REQUESTS)).astype(np.int64)

RANDOM_WITHIN = 0.012
"""Its Random takes victims from its hash table, not all alike: from 2^9 to 2^24 buckets a cache of 400 of these
keys went from 0.5735 to 0.5793, where FIFO, which must come to the same, has 0.5796."""


def hit_ratio(policy: str, capacity: int) -> float:
    """Return the share of the requests after the warm-up that libCacheSim's cache of that policy hits."""
    cache: Any = getattr(libcachesim, policy)(cache_size=capacity, hashpower=14)
    hits = 0
    for place, key in enumerate(TRACE.tolist()):
        hits += cache.get(libcachesim.Request(obj_id=key, obj_size=1)) and place >= WARM_UP
    return hits / (REQUESTS - WARM_UP)


@pytest.mark.parametrize("capacity", CAPACITIES)
def test_lru_is_the_traces_own_curve_to_the_request_and_ches_formula_nearly(capacity: int) -> None:
    found = hit_ratio("LRU", capacity)
    assert found == float(lru_curve(TRACE, skip=WARM_UP).hit_ratio(capacity))
    assert lru.hit_ratio(POPULARITY, capacity) == pytest.approx(found, abs=0.004)


@pytest.mark.parametrize(("policy", "within"), [("FIFO", 0.004), ("Random", RANDOM_WITHIN)])
@pytest.mark.parametrize("capacity", CAPACITIES)
def test_fifo_and_random_are_the_formula_that_both_have(policy: str, within: float, capacity: int) -> None:
    found = hit_ratio(policy, capacity)
    assert random_replacement.hit_ratio(POPULARITY, capacity) == pytest.approx(found, abs=within)


@pytest.mark.parametrize("capacity", CAPACITIES)
def test_random_is_the_replay_of_a_server_that_evicts_at_random(capacity: int) -> None:
    settings = EvictionSettings(
        policy="allkeys-random", capacity_keys=capacity, rate_rps=1_000.0, sampling="uniform"
    )
    replayed = replay(TRACE, settings, 1, skip=WARM_UP).hit_ratio
    assert replayed == pytest.approx(hit_ratio("Random", capacity), abs=RANDOM_WITHIN)
    # Random replacement and FIFO hit alike, and its FIFO draws nothing.
    assert replayed == pytest.approx(hit_ratio("FIFO", capacity), abs=0.004)


@pytest.mark.parametrize("capacity", CAPACITIES)
def test_lfu_stays_below_the_bound_and_comes_near_it(capacity: int) -> None:
    """That LFU counts what it holds alone, and starts anew with what it had evicted."""
    found = hit_ratio("LFU", capacity)
    bound = perfect_lfu.hit_ratio(POPULARITY, capacity)
    assert bound - 0.05 < found < bound + 0.003
    assert found > hit_ratio("LRU", capacity)
