import math

import numpy as np
import pytest

from analysis.estimates import FAILED, Estimate, over_blocks, ratios
from analysis.intervals import log_interval, mean_interval


def estimate(values: list[float]) -> Estimate:
    return over_blocks(
        np.array(values), interval=log_interval, unit="s", count=100, lacking="needs 368 samples a block"
    )


def test_an_estimate_over_all_blocks_has_no_note() -> None:
    found = estimate([1.0, 1.1, 0.9, 1.0, 1.05, 0.95])
    assert found.value == pytest.approx(0.998, abs=0.01)
    assert found.blocks == 6
    assert found.note is None


def test_a_block_that_lacks_the_quantity_refuses_the_estimate() -> None:
    found = estimate([1.0, math.nan, 1.0, 1.0])
    assert found.value is None
    assert found.bounds is None
    assert found.note == "needs 368 samples a block"


def test_six_blocks_that_have_it_will_do_and_the_note_says_so() -> None:
    found = estimate([1.0] * 6 + [math.nan] * 2)
    assert found.value == pytest.approx(1.0)
    assert found.blocks == 6
    assert found.note == "2 of 8 blocks left out: needs 368 samples a block"


def test_an_infinite_block_is_never_a_number() -> None:
    found = estimate([1.0, math.inf, 1.0])
    assert found.value is None
    assert found.note == FAILED


def test_a_single_block_gives_no_interval_and_says_so() -> None:
    found = estimate([1.5])
    assert found.value == pytest.approx(1.5)
    assert found.bounds is None
    assert found.note == "one block: no interval"


def test_no_blocks_give_nothing() -> None:
    found = over_blocks(np.array([]), interval=mean_interval, unit="s", count=0)
    assert found.value is None


@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_an_estimate_that_is_not_finite_cannot_be_made(number: float) -> None:
    with pytest.raises(ValueError, match="finite or None"):
        Estimate(value=number, low=None, high=None, unit="s", count=1, blocks=1)


def test_ratios_tell_refused_from_failed() -> None:
    found = ratios(np.array([4.0, math.nan, math.inf, 1.0]), np.array([2.0, 1.0, 1.0, 0.0]))
    assert found[0] == 2.0
    assert math.isnan(found[1])
    assert found[2] == math.inf
    assert math.isnan(found[3])
