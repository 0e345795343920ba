"""The benchmark of access logs reads good ones and bad ones, and prints one JSON object if asked to."""

import json
import subprocess
import sys
from pathlib import Path

ACCESS_LOG = Path(__file__).parents[2] / "benchmarks" / "access_log.py"


def test_both_logs_have_a_speed() -> None:
    command = [sys.executable, str(ACCESS_LOG), "--lines", "2000", "--rounds", "1", "--json"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=90, check=True)
    told = json.loads(ended.stdout)
    assert told["lines"] == 2_000
    assert set(told["lines_per_s"]) == {"good", "some-bad"}
    assert all(speed > 0 for speed in told["lines_per_s"].values())
