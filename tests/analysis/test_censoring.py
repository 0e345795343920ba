import pytest

from analysis.censoring import Censored, Located, Side, divide, locate


def exact(value: float) -> Censored:
    return Censored(value=value, side=Side.EXACT)


def at_least(value: float) -> Censored:
    return Censored(value=value, side=Side.AT_LEAST)


def below(value: float) -> Censored:
    return Censored(value=value, side=Side.BELOW)


def located(*blocks: Censored | None) -> Located:
    return locate(
        blocks, unit="1/s", count=10, lacking="nothing known", say=lambda each: f"{each.side.value} {each.value:g}"
    )


@pytest.mark.parametrize(
    ("numerator", "denominator", "ratio"),
    [
        (exact(6), exact(3), exact(2)),
        (at_least(6), exact(3), at_least(2)),
        (exact(6), below(3), at_least(2)),
        (at_least(6), below(3), at_least(2)),
        (below(6), exact(3), below(2)),
        (exact(6), at_least(3), below(2)),
        (below(6), at_least(3), below(2)),
        (at_least(6), at_least(3), None),
        (below(6), below(3), None),
    ],
)
def test_a_ratio_is_bounded_to_the_side_that_follows(
    numerator: Censored, denominator: Censored, ratio: Censored | None
) -> None:
    assert divide(numerator, denominator) == ratio


def test_blocks_that_know_give_a_geometric_mean() -> None:
    found = located(exact(100), exact(400))
    assert found.estimate.value == pytest.approx(200.0)
    assert found.estimate.note is None
    assert (found.at_least, found.below) == (None, None)


def test_a_few_censored_blocks_count_with_their_bound_and_are_named() -> None:
    found = located(*[exact(100)] * 6, at_least(120), at_least(120))
    plain = located(*[exact(100)] * 6, exact(120), exact(120))
    assert found.estimate.value == plain.estimate.value
    assert found.estimate.note == "2 of 8 blocks at least 120, and count as just that"


def test_many_censored_blocks_leave_only_the_bound_that_all_keep() -> None:
    found = located(exact(90), exact(100), exact(100), at_least(120), at_least(120))
    assert found.estimate.value is None
    assert found.estimate.note == "2 of 5 blocks at least 120"
    assert (found.at_least, found.below) == (90, None)
    never = located(below(50), below(50), exact(55))
    assert (never.estimate.value, never.at_least, never.below) == (None, None, 55)


def test_blocks_that_contradict_each_other_leave_nothing() -> None:
    found = located(below(50), at_least(120), exact(80))
    assert not found.known
    assert found.estimate.note == "2 of 3 blocks below 50 and at least 120"


def test_nothing_known_is_nothing_said() -> None:
    assert located(None, None).estimate.note == "nothing known"
    assert not located().known
