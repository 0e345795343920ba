import math

import numpy as np
import pytest

from analysis.quantiles import highest_share, quantile, samples_needed


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


def test_failures_that_reach_a_quantile_make_it_infinite() -> None:
    ordered = np.sort(np.concatenate([np.ones(980), np.full(20, np.inf)]))
    assert quantile(ordered, 0.95) == 1.0
    assert quantile(ordered, 0.99) == math.inf
