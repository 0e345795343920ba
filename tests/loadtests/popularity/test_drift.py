"""The hot set moves at the stated speed."""

import numpy as np

from loadtests.popularity.drift import Drift
from loadtests.popularity.zipf import Zipf


def test_the_hottest_key_moves_by_so_many_keys_in_a_thousand_requests() -> None:
    drift = Drift(ranking=Zipf(100, 3.0), keys_per_1000_requests=20)
    for position, hottest in ((0, 0), (1_000, 20), (2_500, 50), (5_000, 0)):
        drawn = drift.draw(40, position, np.random.default_rng(4))  # in 40 requests it moves by less than a key
        assert np.bincount(drawn, minlength=100).argmax() == hottest
        assert drift.probabilities(position).argmax() == hottest


def test_a_speed_of_nothing_is_zipf() -> None:
    drift = Drift(ranking=Zipf(100, 0.9), keys_per_1000_requests=0)
    drawn = drift.draw(500, 10_000, np.random.default_rng(4))
    assert (drawn == Zipf(100, 0.9).draw(500, 0, np.random.default_rng(4))).all()


def test_a_key_is_coldest_after_it_was_hottest() -> None:
    drift = Drift(ranking=Zipf(10, 1.0), keys_per_1000_requests=1000)
    assert drift.probabilities(3).argmax() == 3
    assert drift.probabilities(4).argmin() == 3


def test_a_long_run_stays_inside_the_keys() -> None:
    drift = Drift(ranking=Zipf(7, 0.5), keys_per_1000_requests=333.3)
    drawn = drift.draw(10_000, 10**12, np.random.default_rng(4))
    assert set(drawn.tolist()) == set(range(7))
