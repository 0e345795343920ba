"""Locust's statistics keep microseconds."""

import os

import pytest

# Locust patches the standard library on import, unless told not to; other tests share this process.
os.environ["LOCUST_SKIP_MONKEY_PATCH"] = "1"
from locust.stats import RequestStats

from loadtests.locust_stats import install_fine_rounding, round_response_time

del os.environ["LOCUST_SKIP_MONKEY_PATCH"]


@pytest.mark.parametrize(
    ("given_ms", "kept_ms"),
    [(0.0, 0.0), (0.0004, 0.0), (0.3126, 0.313), (4.5678, 4.57), (147.4, 147), (58760, 58800)],
)
def test_three_digits_and_no_finer_than_a_microsecond(given_ms: float, kept_ms: float) -> None:
    assert round_response_time(given_ms) == pytest.approx(kept_ms)


def test_a_hit_of_a_third_of_a_millisecond_is_not_zero() -> None:
    install_fine_rounding()
    stats = RequestStats()
    for _ in range(100):
        stats.log_request("GET", "/", 0.333, 10)
    assert stats.total.get_response_time_percentile(0.5) == pytest.approx(0.333)
