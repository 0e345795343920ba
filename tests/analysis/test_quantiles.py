import math

import numpy as np
import pytest

from analysis.quantiles import highest_share, quantile, quantile_interval, samples_needed


@pytest.mark.parametrize(("share", "needed"), [(0.50, 6), (0.95, 72), (0.99, 368), (0.999, 3_688)])
def test_a_quantile_needs_the_samples_that_bound_it(share: float, needed: int) -> None:
    assert samples_needed(share) == needed
    assert 1 - share**needed >= 0.975 > 1 - share ** (needed - 1)


@pytest.mark.parametrize("share", [0.0, 1.0, -0.5, 95.0])
def test_a_share_outside_0_and_1_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        samples_needed(share)


def test_the_highest_share_is_the_inverse_of_the_samples_needed() -> None:
    assert highest_share(0) == 0.0
    assert highest_share(368) >= 0.99 > highest_share(367)


def test_a_quantile_is_a_value_of_the_sample() -> None:
    ordered = np.arange(1.0, 101.0)
    assert quantile(ordered, 0.50) == 50.0
    assert quantile(ordered, 0.95) == 95.0


def test_a_quantile_agrees_with_numpys_inverted_distribution() -> None:
    ordered = np.sort(np.random.default_rng(3).lognormal(size=1_237))
    for share in (0.5, 0.9, 0.95, 0.99):
        assert quantile(ordered, share) == np.quantile(ordered, share, method="inverted_cdf")


def test_a_quantile_of_too_small_a_sample_is_refused() -> None:
    assert math.isnan(quantile(np.ones(367), 0.99))
    assert quantile(np.ones(368), 0.99) == 1.0


@pytest.mark.parametrize("share", [0.50, 0.95, 0.99, 0.999])
def test_an_interval_is_refused_where_its_quantile_is(share: float) -> None:
    needed = samples_needed(share)
    found = quantile_interval(np.arange(1.0, needed + 1), share)
    # With no sample to spare the upper end is the largest of them.
    assert found.high == needed
    assert found.low < quantile(np.arange(1.0, needed + 1), share) <= found.high
    assert math.isnan(quantile_interval(np.ones(needed - 1), share).high)


def test_the_ranks_of_an_interval_are_those_of_the_binomial() -> None:
    """A median of 20: P(5 < B < 15) is 0.9586 with ranks 6 and 15 (Conover, table A3)."""
    found = quantile_interval(np.arange(1.0, 21.0), 0.50)
    assert (found.low, found.high) == (6.0, 15.0)


def test_a_quantile_too_low_to_bound_from_below_has_no_lower_end() -> None:
    assert math.isnan(quantile_interval(np.arange(1.0, 11.0), 0.05).low)


def test_failures_that_reach_an_interval_make_its_end_infinite() -> None:
    found = quantile_interval(np.sort(np.concatenate([np.ones(980), np.full(20, np.inf)])), 0.975)
    assert (found.low, found.high) == (1.0, math.inf)


def test_failures_that_reach_a_quantile_make_it_infinite() -> None:
    ordered = np.sort(np.concatenate([np.ones(980), np.full(20, np.inf)]))
    assert quantile(ordered, 0.95) == 1.0
    assert quantile(ordered, 0.99) == math.inf
