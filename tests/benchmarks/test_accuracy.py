"""The lab tells the truth of a service that stands still for a moment, where a closed measurement does not."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ACCURACY = Path(__file__).parents[2] / "benchmarks" / "accuracy.py"


@pytest.fixture(scope="module")
def stall() -> dict[str, dict[str, Any]]:
    """Return the quantiles of the short stall: 400 requests a second for 4 s, the server stopped for 0.5 s."""
    command = [sys.executable, str(ACCURACY), "--quick", "--case", "stall", "--json"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=90, check=True)
    found = json.loads(ended.stdout)
    return {row["quantile"]: row for row in found["cases"]}


def test_a_stall_is_in_the_tail_as_long_as_it_was(stall: dict[str, dict[str, Any]]) -> None:
    row = stall["p99"]
    # An eighth of the requests were due while the server stood still; the slowest hundredth waited for most of it.
    assert row["truth_ms"] > 400
    assert abs(row["lab_ms"] - row["truth_ms"]) < 0.02 * row["truth_ms"]


def test_locust_does_not_see_the_stall(stall: dict[str, dict[str, Any]]) -> None:
    # Its eight users stood still with the server; so the test above would fail for a lab that measured like that.
    assert stall["p99"]["locust_ms"] < stall["p99"]["truth_ms"] / 4


def test_a_quantile_that_the_samples_cannot_bound_is_not_stated(stall: dict[str, dict[str, Any]]) -> None:
    assert stall["p99.9"]["requests"] < 3688
    assert stall["p99.9"]["lab_ms"] is stall["p99.9"]["truth_ms"] is stall["p99.9"]["locust_ms"] is None
