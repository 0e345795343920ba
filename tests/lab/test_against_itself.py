"""In an A/A run the two arms are the same: what they are sent differs in nothing that could matter."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.lab.conftest import Lab
from tests.lab.processes import left_after

Run = Callable[..., tuple[dict[str, Any], pd.DataFrame]]
REPETITIONS, BLOCKS = 2, 3


@pytest.fixture
def run(lab: Lab, tmp_path: Path) -> Run:
    """Run a small `lab run aa` and return run.json and the samples of its phase, by intended time."""

    def run_it(*options: str) -> tuple[dict[str, Any], pd.DataFrame]:
        ended = lab(
            "run", "aa", "--profile", "smoke", "--users", "2000", "--events", "20000", "--no-calibrate",
            "--repetitions", str(REPETITIONS), "--blocks", str(BLOCKS), *options,
        )  # fmt: skip
        assert ended.returncode == 0, ended.stderr
        assert "false-positive rate" in ended.stdout
        assert not left_after(tmp_path)
        folder = tmp_path / "reports/latest"
        samples = pd.read_parquet(folder / "samples/worker-0.parquet").sort_values("intended_ns")
        return json.loads((folder / "run.json").read_text()), samples[samples["phase"] == "aa"]

    return run_it


def turns(samples: pd.DataFrame) -> list[tuple[pd.DataFrame, pd.DataFrame]]:
    """Return both arms' turns of each block."""
    return [
        (block[block["arm"] == "a"], block[block["arm"] == "b"])
        for _, block in samples.groupby("block", observed=True)
    ]


def offsets(turn: pd.DataFrame) -> list[int]:
    return (turn["intended_ns"] - turn["intended_ns"].iloc[0]).tolist()


def test_past_the_cache_both_arms_have_the_same_arrivals_and_keys(run: Run) -> None:
    manifest, samples = run()
    asked = manifest["aa"]
    assert (asked["operation"], asked["route"], asked["treatment"]) == ("user", "GET /user/<name>", "uncached")
    assert (asked["repetitions"], asked["blocks"]) == (REPETITIONS, BLOCKS)
    assert asked["offered_rate_rps"] == pytest.approx(asked["capacity_rps"] / 2)
    assert "calibration" not in manifest, "it was left out"
    legs = [leg for leg in manifest["legs"] if leg["phase"] == "aa"]
    assert sorted((leg["block"], leg["arm"]) for leg in legs) == [
        (block, arm) for block in range(REPETITIONS * BLOCKS) for arm in "ab"
    ]
    assert {leg["treatment"] for leg in legs} == {"uncached"}
    assert {leg["offered_rate_rps"] for leg in legs} == {asked["offered_rate_rps"]}
    assert set(samples["outcome"]) == {"bypass"}
    for a, b in turns(samples):
        assert a["key"].tolist() == b["key"].tolist()
        assert offsets(a) == offsets(b)
    first = [leg["arm"] for leg in legs if leg["position"] == 0]
    assert set(first) == {"a", "b"}, "the order is drawn at random"


def test_through_the_cache_each_turn_has_keys_of_its_own_and_the_same_arrivals(run: Run) -> None:
    manifest, samples = run("--arm", "cached", "--popularity", "zipf:0.8")
    assert manifest["aa"]["treatment"] == "cached"
    assert set(samples["outcome"]) == {"hit", "miss"}
    for a, b in turns(samples):
        assert a["key"].tolist() != b["key"].tolist()
        assert offsets(a) == offsets(b)


def test_through_the_cache_a_trace_goes_on_from_turn_to_turn(run: Run, tmp_path: Path) -> None:
    trace = tmp_path / "ascending.trace"
    # Every key once before any comes again: what a turn asked for, the next does not.
    pd.Series(range(2_000)).to_numpy(dtype="<u4").tofile(trace)
    _, samples = run("--arm", "cached", "--trace", str(trace), "--rate", "200")
    keys = samples["key"].tolist()
    assert len(set(keys)) == len(keys)
