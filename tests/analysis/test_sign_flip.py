import itertools
import math

import numpy as np
import pytest
from scipy import stats

from analysis.sign_flip import (
    EXACT_BLOCKS,
    FEWEST_BLOCKS,
    LEVEL,
    NO_OPINION,
    second_opinion,
    sign_flip_interval,
    sign_flip_p,
)


@pytest.mark.parametrize("size", [1, 2, 5, 6, 9, 12])
def test_p_is_that_of_every_choice_of_signs_counted_one_by_one(size: int) -> None:
    values = np.random.default_rng(size).normal(0.5, 1.0, size)
    signs = np.array(list(itertools.product((-1.0, 1.0), repeat=size)))
    counted = np.abs(signs @ values) >= abs(values.sum()) - 1e-12
    assert sign_flip_p(values) == counted.mean()


def test_p_is_scipys() -> None:
    values = np.random.default_rng(5).normal(0.4, 1.0, 10)
    exact = stats.permutation_test((values,), np.mean, permutation_type="samples", n_resamples=math.inf)
    assert sign_flip_p(values) == pytest.approx(exact.pvalue, abs=1e-12)


def test_equal_sums_count_as_equal_in_whatever_order_they_were_added() -> None:
    # All of one size: every sum is a whole multiple of it, and half of them tie.
    assert sign_flip_p(np.array([0.1, 0.1, 0.1, -0.1, -0.1, 0.1])) == 2 * (1 + 6 + 15) / 64


def test_values_around_their_centre_are_not_rejected() -> None:
    assert sign_flip_p(np.zeros(8)) == 1.0
    assert sign_flip_p(np.array([1.0, 2.0, 3.0]), centre=2.0) == 1.0


def test_fewer_blocks_than_it_takes_can_never_reject() -> None:
    assert sign_flip_p(np.ones(FEWEST_BLOCKS - 1)) > LEVEL >= sign_flip_p(np.ones(FEWEST_BLOCKS))
    assert sign_flip_interval(np.ones(FEWEST_BLOCKS - 1)) is None


def test_the_interval_ends_where_means_of_subsets_say() -> None:
    """Hartigan's typical values: the ends are order statistics of the means of all subsets."""
    values = np.random.default_rng(11).normal(0.2, 1.0, 10)
    subsets = np.array(list(itertools.product((0.0, 1.0), repeat=10)))[1:]
    means = np.sort(subsets @ values / subsets.sum(axis=1))
    rank = math.floor(LEVEL / 2 * 2**10)
    assert sign_flip_interval(values) == pytest.approx((means[rank - 1], means[-rank]), abs=1e-7)


def test_six_values_give_the_interval_from_the_least_to_the_greatest() -> None:
    values = np.array([0.3, 0.1, 0.2, 0.6, 0.5, 0.4])
    assert sign_flip_interval(values) == (0.1, 0.6)


def test_the_interval_holds_what_the_test_lets_stand() -> None:
    values = np.random.default_rng(2).normal(0.0, 1.0, 14)
    low, high = sign_flip_interval(values) or (0.0, 0.0)
    margin = 1e-6
    assert sign_flip_p(values, low + margin) > LEVEL >= sign_flip_p(values, low - margin)
    assert sign_flip_p(values, high - margin) > LEVEL >= sign_flip_p(values, high + margin)


def test_above_the_exact_count_drawn_signs_come_near_it() -> None:
    values = np.random.default_rng(8).normal(0.35, 1.0, EXACT_BLOCKS + 1)
    drawn = sign_flip_p(values)
    # A value of next to nothing changes no sum, so that the exact p of the others is the one to meet.
    assert sign_flip_p(np.append(values[:EXACT_BLOCKS], 1e-9)) == pytest.approx(
        sign_flip_p(values[:EXACT_BLOCKS]), abs=0.01
    )
    assert drawn == sign_flip_p(values)
    assert drawn > 0


def test_an_opinion_is_about_ratios() -> None:
    found = second_opinion(np.array([1.2, 1.1, 1.3, 1.25, 1.15, 1.18]))
    assert found.sign_flip_p == 2 / 64
    assert found.bounds == pytest.approx((1.1, 1.3))
    assert found.blocks == 6


def test_nothing_has_no_opinion() -> None:
    assert second_opinion(np.array([])) is NO_OPINION
