import math

import numpy as np
import pytest

from analysis.stopping import StoppingRule, relative_half_width
from analysis.thresholds import SEQUENTIAL_BLOCKS

RULE = StoppingRule(target_ratio=0.05, cap_blocks=20)
NARROW = np.tile([2.0, 2.02], 10)
WIDE = np.tile([1.0, 2.0], 10)


def test_it_stops_when_every_interval_is_narrow() -> None:
    assert RULE.reached([NARROW[:10], 3 * NARROW[:10]])
    assert not RULE.reached([NARROW[:10], WIDE[:10]])
    assert not RULE.stops([NARROW[:10], WIDE[:10]])


def test_it_never_stops_before_the_fewest_blocks() -> None:
    assert not RULE.stops([NARROW[: SEQUENTIAL_BLOCKS - 1]])
    assert RULE.stops([NARROW[:SEQUENTIAL_BLOCKS]])


def test_it_stops_at_its_cap_and_knows_that_it_did_not_reach_the_target() -> None:
    assert RULE.stops([WIDE])
    assert not RULE.reached([WIDE])
    assert not RULE.stops([WIDE[:19]])


def test_blocks_that_lack_the_quantity_do_not_count_towards_the_fewest() -> None:
    column = np.concatenate([NARROW[: SEQUENTIAL_BLOCKS - 1], [math.nan, math.inf]])
    assert not RULE.stops([column])


def test_nothing_asked_for_is_never_reached() -> None:
    assert not RULE.reached([])


def test_the_half_width_is_a_share_of_the_estimate() -> None:
    assert relative_half_width(100 * NARROW) == pytest.approx(relative_half_width(NARROW))
    assert relative_half_width(np.array([3.0, 3.0])) == pytest.approx(0.0)
    assert relative_half_width(np.array([3.0])) == math.inf


@pytest.mark.parametrize("target", [0.0, 1.0, 5.0])
def test_a_target_that_is_no_share_is_refused(target: float) -> None:
    with pytest.raises(ValueError, match=r"0\.05 is 5 %"):
        StoppingRule(target_ratio=target, cap_blocks=20)


def test_a_cap_below_the_fewest_blocks_is_refused() -> None:
    with pytest.raises(ValueError, match="raise the cap"):
        StoppingRule(target_ratio=0.05, cap_blocks=SEQUENTIAL_BLOCKS - 1)
