"""A replay knows which records write, and how large each key's value is."""

import numpy as np
import pytest

from loadtests.popularity.replay import Replay
from loadtests.traces import Operation, Trace

READ, WRITE, DELETE = Operation.READ, Operation.WRITE, Operation.DELETE


def replay(operations: list[int] | None = None, sizes_bytes: list[int] | None = None) -> Replay:
    return Replay(
        Trace(
            file="t",
            sha256="0",
            ranks=np.array([0, 1, 0, 2, 1]),
            distinct_keys=3,
            operations=None if operations is None else np.array(operations, dtype=np.uint8),
            sizes_bytes=None if sizes_bytes is None else np.array(sizes_bytes),
        )
    )


def test_writes_and_deletes_write_and_go_round() -> None:
    found = replay([READ, WRITE, DELETE, READ, READ])
    assert found.writes(7, 1).tolist() == [True, True, False, False, False, True, True]
    assert found.write_ratio == pytest.approx(0.4)


def test_without_operations_all_read() -> None:
    assert not replay().writes(9, 3).any()
    assert replay().write_ratio == 0
    assert replay([READ] * 5).write_ratio == 0


def test_a_keys_size_is_that_of_its_first_record() -> None:
    found = replay(sizes_bytes=[10, 20, 11, 30, 21]).first_sizes_bytes
    assert found is not None
    assert found.tolist() == [10, 20, 30]
    assert replay().first_sizes_bytes is None


def test_a_sample_of_the_keys_keeps_their_sizes() -> None:
    rng = np.random.default_rng(3)
    names = rng.integers(0, 200, 3000)
    _, first, ranks = np.unique(names, return_index=True, return_inverse=True)
    order = np.argsort(np.argsort(first))
    whole = Trace(file="t", sha256="0", ranks=order[ranks], distinct_keys=len(first), sizes_bytes=1000 + names)
    sizes_bytes = whole.first_sizes_bytes()
    assert sizes_bytes is not None
    assert sizes_bytes.tolist() == (1000 + names[np.sort(first)]).tolist()
    sample = whole.sample(0.3)
    sampled_bytes = sample.first_sizes_bytes()
    assert sampled_bytes is not None
    assert sample.sizes_bytes is not None
    assert (sampled_bytes[sample.ranks] == sample.sizes_bytes).all()  # every record of a key is as large here
