"""The benchmark of the models runs, and what it times says what it should; how long that takes it prints."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

MODELS = Path(__file__).parents[2] / "benchmarks" / "models.py"


def test_every_model_is_timed_and_its_hit_ratio_stated() -> None:
    command = [sys.executable, str(MODELS), "--keys", "10000", "--rounds", "1", "--json"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    found = json.loads(ended.stdout)
    ratios = {name: each["hit_ratio"] for name, each in found["models"].items()}
    assert ratios["LRU"] == pytest.approx(0.6641, abs=0.00005)
    assert ratios["LRU, keys not sorted"] == pytest.approx(ratios["LRU"])
    slow, fast = ratios["Redis's LRU, turnover of ticks"], ratios["Redis's LRU, turnover within one"]
    assert ratios["random or FIFO"] <= fast < slow <= ratios["LRU"] < ratios["perfect LFU"]
    assert all(each["median_s"] >= each["best_s"] > 0 for each in found["models"].values())
