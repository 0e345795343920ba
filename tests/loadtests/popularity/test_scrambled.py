"""The scrambled Zipf law is YCSB's: its zeta, its hottest key, its hash."""

import numpy as np
import pytest

from loadtests.popularity.scrambled import ITEMS, ScrambledZipf, tail_weight
from loadtests.popularity.zipf import Zipf

YCSB_ZETA = 26.46902820178302
HASHED = 1 << 20


def test_the_items_weights_add_up_to_ycsbs_zeta() -> None:
    head = (np.arange(1, HASHED + 1) ** -0.99).sum()
    assert head + tail_weight(HASHED, ITEMS, 0.99) == pytest.approx(YCSB_ZETA, abs=1e-6)


@pytest.mark.parametrize("exponent", [0.0, 0.5, 1.0, 1.5])
def test_the_tail_is_the_sum_it_stands_for(exponent: float) -> None:
    exact = (np.arange(2_001, 500_001) ** -exponent).sum()
    assert tail_weight(2_000, 500_000, exponent) == pytest.approx(exact, rel=1e-9)


def test_the_hottest_of_ten_thousand_keys_gets_under_four_per_cent() -> None:
    chances = ScrambledZipf(10_000, 0.99).probabilities()
    assert chances.max() == pytest.approx(0.038, abs=0.0005)
    assert chances.argmax() == 6284781860667377211 % 10_000  # the hash of item 0
    assert Zipf(10_000, 0.99).probabilities().max() == pytest.approx(0.098, abs=0.002)


def test_each_item_counts_for_the_key_of_its_hash() -> None:
    # So steep that the items after the first two thousand are nothing.
    expected = np.zeros(40)
    for item in range(2_000):
        expected[ycsb_hash(item) % 40] += (item + 1) ** -3.0
    assert ScrambledZipf(40, 3.0).probabilities() == pytest.approx(expected / expected.sum(), abs=1e-6)


def test_an_exponent_of_nothing_is_flat() -> None:
    assert ScrambledZipf(100, 0.0).probabilities() == pytest.approx(np.full(100, 0.01), rel=1e-3)


def ycsb_hash(number: int) -> int:
    """Hash as YCSB does, in plain integers: the absolute value of a signed one."""
    found = 0xCBF29CE484222325
    for octet in number.to_bytes(8, "little"):
        found = ((found ^ octet) * 0x100000001B3) % (1 << 64)
    return abs(found - (1 << 64) if found >> 63 else found)
