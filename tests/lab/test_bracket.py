import pytest

from lab.experiments.bracket import GRID, MOST_RATES, Bracket, find_bracket


@pytest.mark.parametrize("capacity_rps", [180.0, 300.0, 800.0, 1_000.0, 1_400.0, 4_000.0])
def test_it_ends_with_a_rate_on_either_side(capacity_rps: float) -> None:
    tried: list[float] = []

    def keeps(rate_rps: float) -> bool:
        tried.append(rate_rps)
        return rate_rps < capacity_rps

    found = find_bracket(keeps, 1_000.0)
    assert found.kept_rps is not None
    assert found.broken_rps is not None
    assert found.kept_rps < capacity_rps <= found.broken_rps
    assert tried[0] == 1_000.0
    assert len(set(tried)) <= MOST_RATES


@pytest.mark.parametrize("capacity_rps", [300.0, 690.0, 701.0, 999.0, 1_000.0, 1_399.0, 1_400.0, 4_000.0])
def test_the_rates_to_measure_enclose_the_capacity(capacity_rps: float) -> None:
    grid = find_bracket(lambda rate_rps: rate_rps < capacity_rps, 1_000.0).grid_rps()
    assert list(grid) == sorted(grid)
    assert grid[0] < capacity_rps < grid[-1]


def test_an_arm_that_keeps_it_at_every_rate_is_measured_around_the_highest() -> None:
    found = find_bracket(lambda rate_rps: True, 100.0)
    assert found.broken_rps is None
    assert found.kept_rps == pytest.approx(100.0 * 1.4 ** (MOST_RATES - 1))
    assert found.grid_rps()[-1] == pytest.approx(GRID[-1] * found.kept_rps)


def test_an_arm_that_never_keeps_it_is_measured_at_ordinary_rates() -> None:
    found = find_bracket(lambda rate_rps: False, 100.0)
    assert found.kept_rps is None
    assert found.grid_rps() == pytest.approx([100.0 * share for share in GRID])


def test_one_noisy_try_does_not_send_the_search_away() -> None:
    tried: list[float] = []

    def keeps(rate_rps: float) -> bool:
        tried.append(rate_rps)
        return len(tried) > 1 and rate_rps < 1_200.0

    found = find_bracket(keeps, 1_000.0)
    assert tried == [1_000.0, 1_000.0, 1_400.0, 1_400.0]
    assert (found.kept_rps, found.broken_rps) == (1_000.0, 1_400.0)


def test_the_middle_of_a_bracket_is_that_of_its_logarithm() -> None:
    bracket = Bracket(start_rps=1.0, kept_rps=100.0, broken_rps=144.0)
    assert bracket.grid_rps() == pytest.approx([120.0 * share for share in GRID])
