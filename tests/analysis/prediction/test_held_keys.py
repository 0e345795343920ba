import numpy as np
import pytest

from analysis.prediction.held_keys import no_keys, put, sample_buckets, sample_uniform, take
from analysis.prediction.randomness import stream


def holding(keys: range, ranks: int = 200):
    held = no_keys(ranks, len(keys), seed=1)
    for key in keys:
        put(held, key)
    return held


def in_buckets(held) -> list[int]:
    found = []
    for first in held.first.tolist():
        key = first
        while key >= 0:
            found.append(key)
            key = int(held.entries["after"][key])
    return sorted(found)


def test_keys_put_in_and_taken_out_in_any_order_are_those_held():
    held, model = no_keys(200, 120, seed=1), set()
    for key in np.random.default_rng(1).integers(0, 200, 5_000).tolist():
        if key in model:
            take(held, key)
            model.remove(key)
        elif len(model) < 120:
            put(held, key)
            model.add(key)
    assert sorted(held.keys[: held.filled[0]].tolist()) == sorted(model) == in_buckets(held)
    assert sorted(np.flatnonzero(held.entries["place"] >= 0).tolist()) == sorted(model)


@pytest.mark.parametrize(("capacity", "buckets"), [(7, 1), (8, 2), (1_000, 256), (10_000, 2_048)])
def test_there_are_as_many_buckets_as_the_server_has(capacity, buckets):
    assert no_keys(20_000, capacity, seed=1).first.size == buckets


def test_a_uniform_sample_has_distinct_keys_each_as_likely():
    held, random, sampled = holding(range(50)), stream(1), np.empty(5, dtype=np.int64)
    counts = np.zeros(50)
    for _ in range(10_000):
        assert sample_uniform(held, random, sampled) == len(set(sampled.tolist())) == 5
        counts[sampled] += 1
    assert np.all(np.abs(counts - 1_000) < 5 * np.sqrt(1_000))


def sample_row(held, random, sampled):
    return sample_buckets(held, random, sampled, True)


def sample_drawn(held, random, sampled):
    return sample_buckets(held, random, sampled, False)


@pytest.mark.parametrize("sample", [sample_uniform, sample_row, sample_drawn])
def test_a_sample_of_more_than_there_are_has_all(sample):
    held, sampled = no_keys(20, 5, seed=1), np.empty(8, dtype=np.int64)
    for key in (3, 7, 11):
        put(held, key)
    assert sample(held, stream(1), sampled) == 3
    assert set(sampled[:3].tolist()) == {3, 7, 11}


@pytest.mark.parametrize("sample", [sample_row, sample_drawn])
def test_keys_of_one_bucket_are_sampled_together(sample):
    held, random, sampled = holding(range(100)), stream(1), np.empty(2, dtype=np.int64)
    together = []
    for _ in range(2_000):
        sample(held, random, sampled)
        together.append(held.entries["bucket"][sampled[0]] == held.entries["bucket"][sampled[1]])
    assert np.mean(together) > 0.8  # uniform samples of 16 buckets: 0.06


@pytest.mark.parametrize("sample", [sample_row, sample_drawn])
def test_every_key_is_sampled_some_time(sample):
    held, random, sampled = holding(range(100)), stream(1), np.empty(5, dtype=np.int64)
    seen: set[int] = set()
    for _ in range(1_000):
        seen.update(sampled[: sample(held, random, sampled)].tolist())
    assert seen == set(range(100))


def slots(held) -> dict[int, int]:
    return {key: int(held.entries["slot"][key]) for key in in_buckets(held)}


def one_bucket(keys: range):
    held = no_keys(20, 6, seed=1)
    held = held._replace(keys=np.empty(20, dtype=np.int64))  # more than the server would leave in one bucket
    for key in keys:
        put(held, key)
    return held


def test_a_new_key_takes_the_first_free_slot():
    held = one_bucket(range(5))
    take(held, 1)
    take(held, 3)
    put(held, 9)
    assert slots(held) == {0: 0, 9: 1, 2: 2, 4: 4}


def test_a_hole_in_a_bucket_with_a_chain_is_filled_from_the_chain():
    held = one_bucket(range(10))
    take(held, 2)
    assert slots(held) == {0: 0, 1: 1, 6: 2, 3: 3, 4: 4, 5: 5, 7: 7, 8: 8, 9: 9}


def test_a_chain_of_one_key_is_undone():
    held = one_bucket(range(8))
    take(held, 5)
    assert slots(held) == {0: 0, 1: 1, 2: 2, 3: 3, 4: 4, 6: 5, 7: 6}
    take(held, 0)
    assert slots(held) == {1: 1, 2: 2, 3: 3, 4: 4, 6: 5, 7: 6}


@pytest.mark.parametrize(("sample", "times"), [(sample_row, 2), (sample_drawn, 1)])
def test_in_a_row_a_bucket_after_an_empty_one_is_looked_at_twice_as_often(sample, times):
    held, random, sampled = no_keys(200, 28, seed=1), stream(1), np.empty(1, dtype=np.int64)
    assert held.first.size == 4
    buckets = held.entries["bucket"]
    for bucket in (0, 1, 3):  # 2 stays empty
        put(held, int(np.flatnonzero(buckets == bucket)[0]))
    counts = np.zeros(4)
    for _ in range(8_000):
        sample(held, random, sampled)
        counts[buckets[sampled[0]]] += 1
    assert counts[3] / counts[:2].mean() == pytest.approx(times, rel=0.1)
    assert counts[2] == 0
