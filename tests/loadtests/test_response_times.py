"""A leg in a few numbers: the same that analysis finds in the samples, and none where it would find none."""

import numpy as np
import pytest

from analysis.blocks import QUANTILES
from analysis.quantiles import quantile, samples_needed
from loadtests.response_times import SAMPLES_NEEDED, SHARES, summarise_response_s


def test_each_quantile_is_the_one_that_analysis_takes() -> None:
    seconds = np.random.default_rng(1).exponential(size=1_000)
    found = summarise_response_s(seconds)
    assert found["mean"] == pytest.approx(seconds.mean())
    for name, share in SHARES.items():
        assert found[name] == quantile(np.sort(seconds), QUANTILES[name])
        assert share == QUANTILES[name]


@pytest.mark.parametrize("name", SHARES)
def test_it_is_refused_with_as_few_samples_as_in_analysis(name: str) -> None:
    needed = samples_needed(SHARES[name])
    assert needed == SAMPLES_NEEDED[name]
    assert summarise_response_s(np.ones(needed))[name] == 1.0
    assert summarise_response_s(np.ones(needed - 1))[name] is None


def test_what_failures_reach_is_unknown_and_the_rest_is_not() -> None:
    seconds = np.ones(1_000)
    seconds[:20] = np.inf
    assert summarise_response_s(seconds) == {"mean": None, "p50": 1.0, "p95": 1.0, "p99": None}


def test_no_requests_have_no_times() -> None:
    assert summarise_response_s(np.array([])) == {"mean": None, "p50": None, "p95": None, "p99": None}
