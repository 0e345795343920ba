import pytest

from analysis import format as fmt
from analysis.estimates import Estimate


def estimate(value: float | None, low: float | None = None, high: float | None = None) -> Estimate:
    return Estimate(value=value, low=low, high=high, unit="", count=1, blocks=8)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0 s"),
        (0.000_000_25, "250 ns"),
        (0.000_412, "412 µs"),
        (0.001_234, "1.23 ms"),
        (0.012_34, "12.3 ms"),
        (0.999_9, "1.00 s"),
        (2.0, "2.00 s"),
        (None, "unknown"),
    ],
)
def test_a_time_is_shown_in_the_unit_that_suits_it(seconds: float | None, text: str) -> None:
    assert fmt.duration(seconds) == text


def test_two_times_that_are_compared_share_a_unit() -> None:
    assert fmt.duration(0.000_981, beside=0.001_04) == "0.981 ms"


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (estimate(0.97, 0.94, 1.01), "0.97 (0.94–1.01)×"),
        (estimate(1.9, 1.71, 2.2), "1.90 (1.71–2.20)×"),
        (estimate(17.31, 16.9, 17.8), "17.3 (16.9–17.8)×"),
        (estimate(1.9), "1.90×"),
        (estimate(None), "unknown"),
    ],
)
def test_a_speed_up_carries_its_interval(found: Estimate, text: str) -> None:
    assert fmt.times_estimate(found) == text


def test_value_and_interval_share_unit_and_decimals() -> None:
    assert fmt.duration_estimate(estimate(0.000_998, 0.000_974, 0.001_023)) == "998 (974–1,023) µs"


def test_a_negative_end_is_not_joined_by_a_dash() -> None:
    assert fmt.plain_estimate(estimate(0.02, -0.011, 0.051)) == "0.0200 (−0.0110 to 0.0510)"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0 %"), (0.004, "0.4 %"), (0.66, "66 %"), (0.9972, "99.72 %"), (1.0, "100 %"), (1.5, "150 %")],
)
def test_a_share_is_a_percentage(value: float, text: str) -> None:
    assert fmt.share(value) == text


def test_a_share_and_its_interval_are_percentages_to_a_tenth() -> None:
    assert fmt.share_estimate(estimate(0.661, 0.652, 0.67)) == "66.1 (65.2–67.0) %"


@pytest.mark.parametrize(
    ("value", "text"), [(1_998.0, "2,000"), (0.0512, "0.0512"), (12_345.0, "12,300"), (9.996, "10.0"), (0, "0")]
)
def test_a_number_has_three_significant_digits(value: float, text: str) -> None:
    assert fmt.number(value) == text


def test_memory_lists_and_counts_read_as_text() -> None:
    assert fmt.byte_size(1_834_567) == "1.75 MiB"
    assert fmt.byte_size(310.5) == "310 B"
    assert fmt.listing(["a"]) == "a"
    assert fmt.listing(["a", "b", "c"]) == "a, b and c"
    assert fmt.plural(1, "block") == "1 block"
    assert fmt.plural(8, "block") == "8 blocks"
    assert fmt.span(300.0) == "5 min"
    assert fmt.span(119.0) == "119 s"
    assert fmt.span(14_400.0) == "4 h"
    assert fmt.span(7 * 86_400.0) == "7 days"
    assert fmt.rate(2_010.0) == "2,010 a second"
    assert fmt.rate_estimate(estimate(2_010.0, 1_990.0, 2_030.0)) == "2,010 (1,990–2,030) a second"
    assert fmt.moment("2026-11-22T14:03:11Z") == "22 November 2026, 14:03 UTC"
    assert fmt.moment("yesterday") == "yesterday"


@pytest.mark.parametrize(
    ("p", "shown"), [(None, "unknown"), (0.0078125, "0.0078"), (0.344, "0.34"), (1.0, "1"), (2**-20, "< 0.0001")]
)
def test_a_probability_is_shown_as_finely_as_it_is_worth(p: float | None, shown: str) -> None:
    assert fmt.probability(p) == shown


def test_a_statistic_has_its_dot_back() -> None:
    assert [fmt.statistic(name) for name in ("mean", "p99", "p999")] == ["mean", "p99", "p99.9"]


def test_differences_of_shares_are_points() -> None:
    assert [fmt.points(-0.0234), fmt.points(0.02)] == ["2.3 points", "2.0 points"]
    assert [fmt.signed_points(each) for each in (-0.0234, 0.02, None)] == ["−2.3", "+2.0", "unknown"]
    assert [fmt.share_tenths(0.6612), fmt.share_tenths(None)] == ["66.1 %", "unknown"]


def test_a_plural_may_have_a_form_of_its_own() -> None:
    assert [fmt.plural(1, "entry", "entries"), fmt.plural(2, "entry", "entries")] == ["1 entry", "2 entries"]
