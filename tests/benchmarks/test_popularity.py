"""The benchmark of the popularities measures every law, and prints one JSON object if asked to."""

import json
import subprocess
import sys
from pathlib import Path

POPULARITY = Path(__file__).parents[2] / "benchmarks" / "popularity.py"


def test_every_law_has_a_speed_over_every_working_set() -> None:
    command = [
        sys.executable,
        str(POPULARITY),
        "--keys",
        "100",
        "--keys",
        "3000",
        "--draws",
        "2000",
        "--rounds",
        "1",
    ]
    ended = subprocess.run([*command, "--json"], capture_output=True, text=True, timeout=90, check=True)
    speeds = json.loads(ended.stdout)["speeds"]
    laws = {row["law"].partition(":")[0] for row in speeds}
    assert laws > {"uniform", "zipf", "ycsb-scrambled", "hotspot", "latest", "drift", "trace"}
    assert {row["keys"] for row in speeds} == {100, 3000}
    assert all(0 < row["lowest_keys_per_s"] <= row["keys_per_s"] for row in speeds)
