"""Infos are as long as asked, and nothing repeats in them."""

import zlib

import numpy as np

from loadtests.info_text import random_infos, random_text


def test_each_info_has_its_size() -> None:
    infos = random_infos(np.array([3, 0, 500]), np.random.default_rng(1))
    assert [len(info) for info in infos] == [3, 0, 500]
    assert random_infos(np.array([], dtype=np.int64), np.random.default_rng(1)) == []


def test_a_compressor_of_repeats_finds_nothing() -> None:
    text = random_text(100_000, np.random.default_rng(1)).tobytes()
    # Entropy coding alone takes 8 bits to 6; what is less than that would be repeats.
    assert len(zlib.compress(text, 9)) > 0.74 * len(text)


def test_all_characters_are_as_likely() -> None:
    counts = np.bincount(random_text(640_000, np.random.default_rng(1)))
    assert (counts > 0).sum() == 64
    assert counts[counts > 0].min() > 9_500
