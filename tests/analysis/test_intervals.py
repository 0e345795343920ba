import math

import numpy as np
import pytest
from scipy import stats

from analysis.intervals import amount_interval, log_interval, mean_interval, paired_ratio_interval, share_interval

REPLICATIONS = 3_000


def test_the_mean_interval_is_scipys() -> None:
    values = np.array([9.8, 10.2, 10.4, 9.7, 10.1, 10.6])
    found = mean_interval(values)
    expected = stats.ttest_1samp(values, 0.0).confidence_interval(0.95)
    assert found.value == pytest.approx(10.1333333)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_the_log_interval_is_centred_on_the_geometric_mean() -> None:
    found = log_interval(np.array([1.0, 4.0]))
    assert found.value == pytest.approx(2.0)
    assert found.low is not None
    assert found.high is not None
    assert found.low * found.high == pytest.approx(4.0)


def test_one_block_has_a_value_and_no_interval() -> None:
    for maker in (mean_interval, log_interval, share_interval):
        found = maker(np.array([0.5]))
        assert found.value == pytest.approx(0.5)
        assert found.low is None
        assert found.high is None


def test_a_share_stays_between_0_and_1_and_an_amount_above_0() -> None:
    shares = share_interval(np.array([0.99, 1.0, 0.90, 1.0]))
    assert shares.high == 1.0
    amounts = amount_interval(np.array([0.0, 0.0, 0.2]))
    assert amounts.low == 0.0


def test_what_both_arms_of_a_block_share_cancels_in_the_paired_ratio() -> None:
    drift = np.linspace(1.0, 3.0, 8)
    found = paired_ratio_interval(2.0 * drift, drift)
    assert found.value == pytest.approx(2.0)
    assert (found.low, found.high) == pytest.approx((2.0, 2.0))


@pytest.mark.parametrize("blocks", [6, 8, 12])
@pytest.mark.parametrize("drift", [0.0, 0.10, 0.30])
def test_the_paired_interval_holds_the_truth_95_times_in_100(blocks: int, drift: float) -> None:
    """Blocks drift together; each arm has noise of its own; the arms differ by a factor of 1.25."""
    rng = np.random.default_rng(blocks * 100 + int(drift * 100))
    truth = 1.25
    shared = rng.normal(0.0, drift, (REPLICATIONS, blocks))
    uncached = truth * np.exp(shared + rng.normal(0.0, 0.05, shared.shape))
    cached = np.exp(shared + rng.normal(0.0, 0.08, shared.shape))
    held = 0
    for numerators, denominators in zip(uncached, cached, strict=True):
        found = paired_ratio_interval(numerators, denominators)
        held += (found.low or 0.0) <= truth <= (found.high or math.inf)
    assert 0.92 <= held / REPLICATIONS <= 0.98
