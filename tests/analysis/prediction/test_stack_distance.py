import os
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest

from analysis.errors import PredictionError
from analysis.prediction.stack_distance import lru_curve
from loadtests.popularity.zipf import Zipf
from loadtests.traces import read_trace

CHECKOUT = Path(__file__).parents[3]
WEB12 = Path(os.environ.get("WEB12_TRACE", CHECKOUT.parent / "shared" / "traces" / "web12.trace.xz"))


def simulate_lru(keys: np.ndarray, sizes: np.ndarray, capacity: int, skip: int = 0) -> float:
    """The hit ratio of an LRU cache, kept the plain way."""
    cache: OrderedDict[int, int] = OrderedDict()
    hits = 0
    for request, key in enumerate(keys.tolist()):
        if key in cache:
            cache.move_to_end(key)
            hits += request >= skip
            continue
        cache[key] = int(sizes[key])
        while sum(cache.values()) > capacity:
            cache.popitem(last=False)
    return hits / (keys.size - skip)


def test_a_trace_counted_by_hand():
    curve = lru_curve([0, 1, 2, 0, 1, 1])
    assert curve.hit_ratio([0, 1, 2, 3, 100, np.inf]).tolist() == [0, 1 / 6, 1 / 6, 3 / 6, 3 / 6, 3 / 6]
    assert (curve.unit, curve.requests, curve.distinct_keys) == ("keys", 6, 3)


def test_sizes_counted_by_hand():
    curve = lru_curve([0, 1, 2, 0, 1, 1], sizes=[2, 3, 5])
    assert curve.hit_ratio([2, 3, 9, 10]).tolist() == [0, 1 / 6, 1 / 6, 3 / 6]
    assert curve.unit == "bytes"


def test_warm_up_fills_the_cache_and_is_not_counted():
    curve = lru_curve([0, 1, 0, 2], skip=2)
    assert curve.hit_ratio([1, 2]).tolist() == [0, 1 / 2]
    assert (curve.requests, curve.distinct_keys) == (2, 3)


def test_keys_never_asked_for_again_make_a_curve_of_zeros():
    assert lru_curve([0, 1, 2]).hit_ratio([1, np.inf]).tolist() == [0, 0]


def test_the_curve_has_the_shape_of_the_capacities():
    curve = lru_curve([0, 0])
    assert curve.hit_ratio(1).shape == ()
    assert curve.hit_ratio([[1, 2]]).shape == (1, 2)


@pytest.mark.parametrize("capacity", [1, 3, 10, 30])
def test_every_capacity_agrees_with_a_cache_of_that_size(capacity):
    keys = Zipf(40, 0.7).draw(3_000, 0, np.random.default_rng(2))
    simulated = simulate_lru(keys, np.ones(40), capacity, skip=500)
    assert lru_curve(keys, skip=500).hit_ratio(capacity) == simulated


@pytest.mark.parametrize("capacity", [50, 200, 900, 2_000])
def test_every_capacity_in_bytes_agrees_with_a_cache_of_that_size(capacity):
    rng = np.random.default_rng(3)
    keys, sizes = Zipf(40, 0.7).draw(3_000, 0, rng), rng.integers(1, 101, 40)
    assert lru_curve(keys, sizes).hit_ratio(capacity) == simulate_lru(keys, sizes, capacity)


def test_the_shop_trace_has_its_published_curve():
    if not WEB12.exists():
        pytest.skip(f"the web12 trace is not part of the project and not at {WEB12}; set WEB12_TRACE")
    curve = lru_curve(read_trace(WEB12).ranks)
    published = {137: 0.3970, 687: 0.6000, 1_375: 0.6848, 4_126: 0.7925, np.inf: 0.8561}
    assert np.round(curve.hit_ratio(list(published)), 4).tolist() == list(published.values())
    assert (curve.requests, curve.distinct_keys) == (95_607, 13_756)


def test_a_long_zipf_trace_follows_che():
    keys = Zipf(10_000, 0.99).draw(1_000_000, 0, np.random.default_rng(4))
    che = {100: 0.3769, 500: 0.5738, 1_000: 0.6641, 2_000: 0.7592, 5_000: 0.8941}
    exact = lru_curve(keys, skip=200_000).hit_ratio(list(che))
    assert exact == pytest.approx(list(che.values()), abs=0.003)


@pytest.mark.parametrize("sizes", [[1], [1, 0], [1.5, 2.5], [[1, 1]]])
def test_a_key_without_a_size_is_refused(sizes):
    with pytest.raises(PredictionError, match="2 sizes in whole bytes"):
        lru_curve([0, 1], sizes)
