import pytest

from analysis.compared import compare, residual
from analysis.estimates import Estimate, unknown

MEASURED = Estimate(value=0.6, low=0.5, high=0.7, unit="ratio", count=10, blocks=2)


def test_what_is_left_is_measured_less_predicted() -> None:
    found = compare(MEASURED, 0.65, [0.5, 0.7])
    assert found.residual == pytest.approx(-0.05)
    assert found.replayed == pytest.approx(0.6)
    assert found.replay_spread == pytest.approx(0.02**0.5)


def test_what_is_not_known_leaves_nothing_to_compare() -> None:
    assert residual(unknown("ratio", "not measured"), 0.5) is None
    assert residual(MEASURED, None) is None
    found = compare(MEASURED, None, [0.5])
    assert (found.residual, found.replayed, found.replay_spread) == (None, 0.5, None)
    assert compare(MEASURED, None).replayed is None
