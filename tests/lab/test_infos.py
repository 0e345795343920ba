"""Infos have the sizes that were spelt or traced, in batches of bounded memory."""

import numpy as np
import pytest

from lab.errors import DatasetError
from lab.infos import BATCH_BYTES, Infos, drawn_infos, traced_infos
from loadtests.errors import ValueSizesError
from loadtests.traces import Trace
from loadtests.traffic import working_set
from loadtests.value_sizes import LARGEST_BYTES


def infos(sizes_bytes: list[int]) -> Infos:
    return Infos(value_sizes="as told", sizes_bytes=np.array(sizes_bytes))


def texts(sizes_bytes: list[int], seed: int = 1) -> list[str]:
    batches = list(infos(sizes_bytes).batches(np.random.default_rng(seed)))
    begins = [first for first, _ in batches]
    assert begins == np.cumsum([0, *(len(batch) for _, batch in batches[:-1])]).tolist()
    return [text for _, batch in batches for text in batch.to_pylist()]


def trace(keys: list[int], sizes_bytes: list[int] | None) -> Trace:
    return Trace(
        file="t",
        sha256="0",
        ranks=np.array(keys),
        distinct_keys=len(set(keys)),
        sizes_bytes=None if sizes_bytes is None else np.array(sizes_bytes),
    )


def test_every_info_has_its_size_also_none_at_all() -> None:
    assert [len(text) for text in texts([3, 0, 0, 120, 1])] == [3, 0, 0, 120, 1]


def test_a_batch_is_bounded_and_what_is_larger_is_one_of_its_own() -> None:
    sizes_bytes = [BATCH_BYTES // 2, BATCH_BYTES // 2, 1, BATCH_BYTES + 5, 7]
    batches = infos(sizes_bytes).batches(np.random.default_rng(1))
    assert [(first, len(batch)) for first, batch in batches] == [(0, 2), (2, 1), (3, 1), (4, 1)]


def test_equal_seeds_make_equal_infos_and_others_do_not() -> None:
    assert texts([50, 60]) == texts([50, 60])
    assert texts([50, 60], seed=2) != texts([50, 60])


def test_sizes_are_a_users_own_however_many_there_are() -> None:
    few, many = (drawn_infos("lognormal:300:1", users, 5).sizes_bytes for users in (10, 1000))
    assert (many[:10] == few).all()


def test_what_they_come_to_is_described() -> None:
    found = drawn_infos("lognormal:300:1", 5000, 1)
    described = found.to_json()
    assert described["mean_bytes"] == found.sizes_bytes.mean()
    assert described["median_bytes"] == pytest.approx(300, rel=0.1)
    assert described["largest_bytes"] == found.sizes_bytes.max()
    assert described["cut"] == 0
    assert drawn_infos("pareto:0:1000:5", 5000, 1).cut > 50


def test_infos_of_a_trace_are_as_large_as_each_keys_first_record_says() -> None:
    found = traced_infos(trace([0, 1, 0, 2, 1], [10, 20, 99, LARGEST_BYTES + 1, 99]), 6)
    assert found is not None
    first, second, third = working_set(3, 6).tolist()
    assert found.sizes_bytes[[first, second, third]].tolist() == [10, 20, LARGEST_BYTES]
    others = set(range(6)) - {first, second, third}
    assert set(found.sizes_bytes[list(others)].tolist()) == {120}
    assert found.cut == 1


def test_infos_of_a_trace_are_named_by_their_sizes() -> None:
    one, same, other = (
        traced_infos(trace([0, 1, 0], sizes), 6) for sizes in ([10, 20, 30], [10, 20, 31], [10, 21, 30])
    )
    assert one is not None
    assert same is not None
    assert other is not None
    assert one.value_sizes.startswith("trace:")
    assert one.value_sizes == same.value_sizes != other.value_sizes


def test_a_trace_without_sizes_has_no_infos() -> None:
    assert traced_infos(trace([0, 1], None), 6) is None


def test_more_than_a_disk_should_hold_is_refused() -> None:
    with pytest.raises(DatasetError, match=r"come to 19\.5 GiB for 20,000 users.*smaller --value-sizes"):
        drawn_infos(f"fixed:{LARGEST_BYTES}", 20_000, 1)


def test_misspelt_sizes_are_the_spellings_error() -> None:
    with pytest.raises(ValueSizesError, match="size in bytes"):
        drawn_infos("fixed:-1", 10, 1)
