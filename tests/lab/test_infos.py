"""Infos have the sizes that were spelt, in batches of bounded memory, and do not compress."""

import zlib

import numpy as np
import pytest

from lab.errors import DatasetError
from lab.infos import BATCH_BYTES, describe_infos, info_batches, info_sizes
from loadtests.errors import ValueSizesError
from loadtests.value_sizes import LARGEST_BYTES


def texts(sizes_bytes: list[int], seed: int = 1) -> list[str]:
    batches = list(info_batches(np.array(sizes_bytes), np.random.default_rng(seed)))
    begins = [first for first, _ in batches]
    assert begins == np.cumsum([0, *(len(batch) for _, batch in batches[:-1])]).tolist()
    return [text for _, batch in batches for text in batch.to_pylist()]


def test_every_info_has_its_size_also_none_at_all() -> None:
    assert [len(text) for text in texts([3, 0, 0, 120, 1])] == [3, 0, 0, 120, 1]


def test_a_batch_is_bounded_and_what_is_larger_is_one_of_its_own() -> None:
    sizes_bytes = np.array([BATCH_BYTES // 2, BATCH_BYTES // 2, 1, BATCH_BYTES + 5, 7])
    batches = info_batches(sizes_bytes, np.random.default_rng(1))
    assert [(first, len(batch)) for first, batch in batches] == [(0, 2), (2, 1), (3, 1), (4, 1)]


def test_equal_seeds_make_equal_infos_and_others_do_not() -> None:
    assert texts([50, 60]) == texts([50, 60])
    assert texts([50, 60], seed=2) != texts([50, 60])


def test_a_compressor_of_repeats_finds_nothing() -> None:
    (text,) = texts([100_000])
    # Entropy coding alone takes 8 bits to 6; what is less than that would be repeats.
    assert len(zlib.compress(text.encode(), 9)) > 0.74 * len(text)


def test_sizes_are_a_users_own_however_many_there_are() -> None:
    few, many = (info_sizes("lognormal:300:1", users, 5) for users in (10, 1000))
    assert (many[:10] == few).all()


def test_what_they_come_to_is_described() -> None:
    sizes_bytes = info_sizes("lognormal:300:1", 5000, 1)
    described = describe_infos("lognormal:300:1", 5000, 1)
    assert described.mean_bytes == sizes_bytes.mean()
    assert described.median_bytes == pytest.approx(300, rel=0.1)
    assert described.largest_bytes == sizes_bytes.max()
    assert described.cut == 0
    assert describe_infos("pareto:0:1000:5", 5000, 1).cut > 50


def test_more_than_a_disk_should_hold_is_refused() -> None:
    with pytest.raises(DatasetError, match=r"come to 19\.5 GiB for 20,000 users.*smaller --value-sizes"):
        info_sizes(f"fixed:{LARGEST_BYTES}", 20_000, 1)


def test_misspelt_sizes_are_the_spellings_error() -> None:
    with pytest.raises(ValueSizesError, match="size in bytes"):
        info_sizes("fixed:-1", 10, 1)
