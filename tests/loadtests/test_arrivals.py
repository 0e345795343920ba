"""Arrivals keep their law and their seed."""

import numpy as np
import pytest
from scipy import stats

from loadtests.arrivals import arrival_offsets_ns


def test_constant_arrivals_are_evenly_spaced() -> None:
    offsets = arrival_offsets_ns("constant", 1000.0, 2.0, np.random.default_rng(1))
    assert len(offsets) == 2000
    assert (np.diff(offsets) == 1_000_000).all()


def test_poisson_arrivals_have_exponential_gaps_and_the_rate_asked_for() -> None:
    offsets = arrival_offsets_ns("poisson", 1000.0, 100.0, np.random.default_rng(1))
    gaps_s = np.diff(offsets) / 1e9
    assert len(offsets) == pytest.approx(100_000, abs=1_600)  # five standard deviations
    assert gaps_s.std() == pytest.approx(gaps_s.mean(), rel=0.03)
    assert (gaps_s > 0.001).mean() == pytest.approx(np.exp(-1), abs=0.01)
    assert (np.diff(offsets) >= 0).all()
    assert offsets[-1] < 100e9


def test_pareto_arrivals_have_the_rate_asked_for_and_the_gaps_of_their_law() -> None:
    offsets = arrival_offsets_ns("pareto", 1000.0, 100.0, np.random.default_rng(1))
    gaps_s = np.diff(offsets) / 1e9
    assert len(offsets) == pytest.approx(100_000, abs=2_000)
    expected = stats.genpareto(0.154971, scale=(1 - 0.154971) / 1000)
    assert np.quantile(gaps_s, [0.1, 0.5, 0.99]) == pytest.approx(expected.ppf([0.1, 0.5, 0.99]), rel=0.03)
    assert (np.diff(offsets) >= 0).all()
    assert offsets[0] > 0
    assert offsets[-1] < 100e9


def test_few_pareto_arrivals_are_all_inside() -> None:
    counts = [len(arrival_offsets_ns("pareto", 0.5, 2.0, np.random.default_rng(seed))) for seed in range(2000)]
    # A renewal process that starts with a gap has slightly more than the rate: half of the gaps' squared
    # coefficient of variation less 1, 0.22 for a long one.
    assert 1.0 <= np.mean(counts) <= 1.25
    assert min(counts) == 0
