"""The hash is YCSB's."""

import numpy as np

from loadtests.popularity.fnv import fnv_1a_64


def test_hashes_are_those_in_the_names_of_ycsbs_first_records() -> None:
    # A table that YCSB has loaded begins with these users, whose numbers are the hashes of 0, 1 and 2.
    hashes = np.abs(fnv_1a_64(np.arange(3, dtype=np.uint64)).view(np.int64))
    assert hashes.tolist() == [6284781860667377211, 8517097267634966620, 1820151046732198393]


def test_all_eight_octets_count() -> None:
    hashes = fnv_1a_64(np.array([1 << shift for shift in range(0, 64, 8)], dtype=np.uint64))
    assert len(set(hashes.tolist())) == 8
