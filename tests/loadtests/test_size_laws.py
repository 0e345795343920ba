"""The quantiles of the size laws are those of the distributions they are named for."""

import numpy as np
import pytest
from scipy import stats

from loadtests.size_laws import (
    ExtremeValue,
    Fixed,
    GeneralisedPareto,
    LogNormal,
    Mixture,
    Range,
    SizeLaw,
    Weighted,
)

SHARES = np.array([2.0**-53, 0.001, 0.1, 0.25, 0.5, 0.75, 0.9, 0.999, 1 - 2.0**-53])


@pytest.mark.parametrize(
    ("law", "expected"),
    [
        (LogNormal(median_bytes=300.0, sigma=0.7), stats.lognorm(0.7, scale=300)),
        # SciPy turns the sign of the extreme value distribution's shape round.
        (ExtremeValue(loc_bytes=30.8, scale_bytes=8.2, shape=0.079), stats.genextreme(-0.079, 30.8, 8.2)),
        (ExtremeValue(loc_bytes=30.8, scale_bytes=8.2, shape=-0.2), stats.genextreme(0.2, 30.8, 8.2)),
        (ExtremeValue(loc_bytes=30.8, scale_bytes=8.2, shape=0.0), stats.gumbel_r(30.8, 8.2)),
        (GeneralisedPareto(loc_bytes=15.0, scale_bytes=214.476, shape=0.348), stats.genpareto(0.348, 15, 214.476)),
        (GeneralisedPareto(loc_bytes=0.0, scale_bytes=10.0, shape=0.0), stats.expon(0, 10)),
    ],
)
def test_quantiles_are_those_of_the_distribution(law: SizeLaw, expected: stats.rv_continuous) -> None:
    assert law.quantiles_bytes(SHARES) == pytest.approx(expected.ppf(SHARES), rel=1e-9, abs=1e-9)


def test_a_range_takes_both_ends_and_no_more() -> None:
    sizes = Range(low_bytes=3, high_bytes=6).quantiles_bytes(np.linspace(0.0005, 0.9995, 1000))
    assert np.bincount(sizes.astype(int)).tolist() == [0, 0, 0, 250, 250, 250, 250]
    assert Range(low_bytes=3, high_bytes=6).quantiles_bytes(SHARES).max() == 6


def test_a_weighted_list_gives_each_size_its_weight() -> None:
    law = Weighted(sizes_bytes=(100.0, 10.0, 50.0), weights=(2.0, 0.0, 6.0))
    sizes = law.quantiles_bytes(np.linspace(0.0005, 0.9995, 1000))
    assert {size: int((sizes == size).sum()) for size in (100, 10, 50)} == {100: 250, 10: 0, 50: 750}
    assert set(law.quantiles_bytes(SHARES)) == {100.0, 50.0}


def test_a_mixture_gives_each_law_its_share() -> None:
    law = Mixture(first=Fixed(size_bytes=1.0), first_ratio=0.3, second=Range(low_bytes=10, high_bytes=11))
    sizes = law.quantiles_bytes(np.linspace(0.0005, 0.9995, 1000))
    assert {size: int((sizes == size).sum()) for size in (1, 10, 11)} == {1: 300, 10: 350, 11: 350}


def test_a_mixture_has_finite_sizes_at_its_seam_and_its_ends() -> None:
    ratio = 0.44155
    law = Mixture(
        first=Weighted(sizes_bytes=(0.0, 1.0), weights=(1.0, 1.0)),
        first_ratio=ratio,
        second=GeneralisedPareto(loc_bytes=15.0, scale_bytes=214.476, shape=0.348238),
    )
    shares = np.array([np.nextafter(ratio, 0), ratio, np.nextafter(ratio, 1), *SHARES])
    assert np.isfinite(law.quantiles_bytes(shares)).all()
