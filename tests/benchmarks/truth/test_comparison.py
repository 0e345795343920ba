"""Errors are held against what is allowed; what a sample is too small for is not stated."""

from typing import Any

import numpy as np
import pytest

from benchmarks.truth.comparison import Row, quantiles_ms, worst_error_ratio


def row(**changes: Any) -> Row:
    fields: dict[str, Any] = {
        "case": "constant-10",
        "load_ratio": 0.1,
        "quantile": "p50",
        "requests": 4000,
        "truth_ms": 2.0,
        "lab_ms": 2.05,
        "locust_requests": 4000,
        "locust_truth_ms": 2.1,
        "locust_ms": 3,
    }
    return Row(**{**fields, **changes})


@pytest.mark.parametrize(
    ("truth_ms", "lab_ms", "of_allowed"), [(2.0, 2.05, 0.5), (2.0, 1.8, 2.0), (100.0, 101.0, 0.5)]
)
def test_allowed_are_two_percent_or_a_tenth_of_a_millisecond(
    truth_ms: float, lab_ms: float, of_allowed: float
) -> None:
    assert row(truth_ms=truth_ms, lab_ms=lab_ms).error_of_allowed_ratio == pytest.approx(of_allowed)


def test_the_worst_error_is_of_either_sign_and_of_loads_up_to_half() -> None:
    rows = [row(lab_ms=1.9), row(lab_ms=2.02), row(load_ratio=0.8, lab_ms=9.0), row(lab_ms=None)]
    assert worst_error_ratio(rows) == pytest.approx(1.0)
    assert worst_error_ratio([]) is None


def test_a_quantile_needs_its_samples() -> None:
    few, many = np.arange(400, dtype=np.int64), np.arange(4000, dtype=np.int64)
    assert quantiles_ms(few)["p99.9"] is None
    assert quantiles_ms(many * 1_000_000)["p99.9"] == 3995.0


def test_json_has_the_error_in_every_form() -> None:
    values = row(lab_ms=2.1).to_json()
    assert values["error_ms"] == pytest.approx(0.1)
    assert values["relative_error"] == pytest.approx(0.05)
    assert values["locust_error_ms"] == pytest.approx(0.9)
    assert row(lab_ms=None).to_json()["relative_error"] is None
