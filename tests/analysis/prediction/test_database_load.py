import math

import numpy as np
import pytest

from analysis.errors import PredictionError
from analysis.intervals import Values
from analysis.prediction import database_load, lru
from analysis.prediction.popularity import uniform, zipf
from tests.analysis.prediction import simulated


def test_nine_hits_in_ten_leave_a_tenth_of_the_load() -> None:
    assert database_load.load_ratio(0.9) == pytest.approx(0.1)
    assert database_load.relief_factor(0.9) == pytest.approx(10)
    assert database_load.relief_factor(0.0) == 1
    assert database_load.relief_factor(1.0) == math.inf


def test_a_database_carries_alone_what_it_has_capacity_for() -> None:
    assert database_load.least_hit_ratio(capacity_rps=200, offered_rps=1_000) == pytest.approx(0.8)
    assert database_load.least_hit_ratio(capacity_rps=1_000, offered_rps=1_000) == 0
    assert database_load.least_hit_ratio(capacity_rps=5_000, offered_rps=1_000) == 0
    assert database_load.least_hit_ratio(capacity_rps=0, offered_rps=1_000) == 1


def test_writes_like_the_reads_leave_one_hit_in_one_plus_writes() -> None:
    for popularity in (uniform(100), zipf(1_000, 0.9)):
        assert database_load.hit_ratio_under_writes(popularity, writes_a_read=0.25) == pytest.approx(1 / 1.25)
        assert database_load.invalidations_a_read(popularity, writes_a_read=0.25) == pytest.approx(0.2)


def test_without_writes_it_is_the_cache_alone() -> None:
    popularity = zipf(1_000, 0.9)
    assert database_load.hit_ratio_under_writes(popularity, writes_a_read=0) == pytest.approx(1)
    bounded = database_load.hit_ratio_under_writes(popularity, writes_a_read=0, capacity_keys=100)
    assert bounded == pytest.approx(lru.hit_ratio(popularity, 100))
    assert database_load.invalidations_a_read(popularity, writes_a_read=0, capacity_keys=100) == 0


def test_writes_to_keys_that_are_not_read_cost_nothing() -> None:
    reads, writes = np.array([0.5, 0.5, 0.0, 0.0]), np.array([0.0, 0.0, 0.5, 0.5])
    found = database_load.hit_ratio_under_writes(reads, writes_a_read=2, write_popularity=writes)
    assert found == pytest.approx(1)
    assert database_load.invalidations_a_read(reads, writes_a_read=2, write_popularity=writes) == 0


def test_the_same_popularity_given_twice_changes_nothing() -> None:
    popularity = zipf(2_000, 0.9)
    for capacity in (None, 150.0):
        grouped = database_load.hit_ratio_under_writes(popularity, writes_a_read=0.3, capacity_keys=capacity)
        alone = database_load.hit_ratio_under_writes(
            popularity, writes_a_read=0.3, write_popularity=popularity, capacity_keys=capacity
        )
        assert grouped == pytest.approx(alone, abs=1e-6)


def test_a_limit_that_writes_keep_the_cache_from_reaching_does_not_bind() -> None:
    popularity = zipf(1_000, 0.9)
    unbounded = database_load.hit_ratio_under_writes(popularity, writes_a_read=9)
    assert database_load.hit_ratio_under_writes(popularity, writes_a_read=9, capacity_keys=101) == unbounded


@pytest.mark.parametrize("capacity", [150, 2_001])
@pytest.mark.parametrize("alike", [True, False])
def test_a_simulated_cache_hits_and_loses_entries_as_often(capacity: int, alike: bool) -> None:
    reads = zipf(2_000, 0.9)
    writes = reads if alike else reads[::-1].copy()
    hit_ratio, invalidations = _simulated(reads, writes, 0.4, capacity)
    arguments = {"writes_a_read": 0.4, "write_popularity": writes, "capacity_keys": capacity}
    assert database_load.hit_ratio_under_writes(reads, **arguments) == pytest.approx(hit_ratio, abs=0.006)
    assert database_load.invalidations_a_read(reads, **arguments) == pytest.approx(invalidations, abs=0.004)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"writes_a_read": -1}, "-1 writes"),
        ({"writes_a_read": math.nan}, "nan writes"),
        ({"writes_a_read": 1, "write_popularity": uniform(3)}, "10 keys and one of writes over 3"),
        ({"writes_a_read": 1, "capacity_keys": -5}, "capacity of -5"),
    ],
)
def test_writes_that_cannot_be_are_refused(arguments: dict[str, float], message: str) -> None:
    with pytest.raises(PredictionError, match=message):
        database_load.hit_ratio_under_writes(uniform(10), **arguments)  # type: ignore[arg-type]


def test_ratios_and_rates_that_cannot_be_are_refused() -> None:
    with pytest.raises(PredictionError, match=r"hit ratio of 1\.5"):
        database_load.load_ratio(1.5)
    with pytest.raises(PredictionError, match="against 0 offered"):
        database_load.least_hit_ratio(capacity_rps=100, offered_rps=0)


def _simulated(reads: Values, writes: Values, writes_a_read: float, capacity: int) -> tuple[float, float]:
    """Return the hit ratio and the removals for each read of an LRU from which writes delete, after a warm-up."""
    count, warm_up = 260_000, 80_000
    rng = np.random.default_rng(51)
    is_write = rng.random(count) < writes_a_read / (1 + writes_a_read)
    keys = np.where(is_write, simulated.draw(writes, count, rng), simulated.draw(reads, count, rng))
    cache: dict[int, None] = {}
    hits = removed = 0
    for place, (key, write) in enumerate(zip(keys.tolist(), is_write.tolist(), strict=True)):
        found = key in cache
        if found:
            del cache[key]
        elif not write and len(cache) == capacity:
            del cache[next(iter(cache))]
        if not write:
            cache[key] = None
        if place >= warm_up:
            hits += found and not write
            removed += found and write
    counted = int((~is_write[warm_up:]).sum())
    return hits / counted, removed / counted
