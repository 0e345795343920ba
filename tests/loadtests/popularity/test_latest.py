"""The newest keys are the most popular, and inserts move what is newest."""

import numpy as np
import pytest

from loadtests.popularity.latest import Latest
from loadtests.popularity.zipf import Zipf


def test_without_inserts_it_is_zipf_over_the_reversed_keys() -> None:
    latest = Latest(recency=Zipf(50, 0.99))
    drawn = latest.draw(1000, 12_345, np.random.default_rng(1))
    assert (drawn == 49 - Zipf(50, 0.99).draw(1000, 0, np.random.default_rng(1))).all()
    assert (latest.probabilities(7_000) == Zipf(50, 0.99).probabilities()[::-1]).all()


def test_an_insert_makes_the_oldest_place_the_newest_key() -> None:
    latest = Latest(recency=Zipf(10, 1.5), inserts_per_1000_requests=50)
    assert latest.probabilities(0).argmax() == 9
    assert latest.probabilities(19).argmax() == 9
    assert latest.probabilities(20).argmax() == 0  # the first insert takes the place of the oldest key
    assert latest.probabilities(20).argmin() == 1
    assert latest.probabilities(200).argmax() == 9  # once round


def test_a_working_set_turned_over_by_inserts_asks_for_every_key_alike() -> None:
    latest = Latest(recency=Zipf(20, 2.0), inserts_per_1000_requests=1000)
    counts = np.bincount(latest.draw(200_000, 0, np.random.default_rng(1)), minlength=20)
    assert counts == pytest.approx(np.full(20, 10_000), rel=0.06)
