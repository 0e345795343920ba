import numpy as np
import pytest

from analysis.intervals import Values
from analysis.prediction.key_groups import GROUP_WIDTH_RATIO, group_keys
from analysis.prediction.popularity import hotspot, uniform, zipf

LARGEST_CURVATURE = 4 / np.e**2
"""Of x² f″(x) for f = 1 - e^(-x), at x = 2."""


@pytest.mark.parametrize("width", [GROUP_WIDTH_RATIO, 0.05])
@pytest.mark.parametrize("popularity", [zipf(100_000, 0.8), zipf(100_000, 1.3), hotspot(5_000, 0.1, 0.9)])
def test_the_error_a_key_is_within_the_bound_that_is_stated(popularity: Values, width: float) -> None:
    groups = group_keys(popularity, width)
    bound = width**2 * LARGEST_CURVATURE / 8 * (1 + width) ** 2
    for time in np.geomspace(1, 1e8, 25):
        exact = -np.expm1(-popularity * time).sum()
        found = groups.sum_over_keys(-np.expm1(-groups.probabilities * time))
        assert abs(found - exact) <= bound * popularity.size + 1e-6


def test_no_group_is_wider_than_it_may_be() -> None:
    popularity = zipf(20_000, 1.0)
    groups = group_keys(popularity, 0.01)
    ends = np.cumsum(groups.counts).astype(int)
    ascending = popularity[::-1]
    for start, end in zip(np.concatenate([[0], ends[:-1]]), ends, strict=True):
        assert ascending[end - 1] <= 1.01 * ascending[start] * (1 + 1e-9)


def test_keys_and_requests_are_all_still_there() -> None:
    popularity = zipf(12_345, 0.7)
    groups = group_keys(popularity)
    assert groups.keys == 12_345
    assert groups.share_of_requests(np.ones(groups.counts.size)) == pytest.approx(1, abs=1e-12)


def test_alike_keys_are_one_group() -> None:
    assert group_keys(uniform(1_000_000)).counts.tolist() == [1_000_000]
    assert group_keys(np.array([1.0])).counts.tolist() == [1]


def test_ten_million_keys_are_a_few_thousand_groups() -> None:
    assert group_keys(zipf(10_000_000, 0.99)).counts.size < 20_000


def test_the_order_of_the_keys_does_not_matter() -> None:
    popularity = zipf(3_000, 0.9)
    shuffled = np.random.default_rng(5).permutation(popularity)
    for other in (popularity[::-1], shuffled):
        assert group_keys(other).probabilities == pytest.approx(group_keys(popularity).probabilities)


def test_keys_that_are_never_asked_for_are_left_out() -> None:
    groups = group_keys(np.array([0.5, 0.0, 0.5, 0.0]))
    assert groups.keys == 2
    assert group_keys(zipf(10_000, 100.0)).keys < 10_000
