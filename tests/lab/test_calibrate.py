"""A calibration is a run of its own or the first part of another, with the same shapes in its folder."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from lab.experiments.calibrate import TURN_S
from tests.lab.conftest import Lab
from tests.lab.processes import left_after


def calibration_legs(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    return [leg for leg in manifest["legs"] if leg["phase"] == "calibrate"]


def test_it_needs_no_stack_and_says_what_this_lab_can_tell(lab: Lab, tmp_path: Path) -> None:
    ended = lab("calibrate", "--blocks", "3", "--rate", "800", "--seed", "5")
    assert ended.returncode == 0, ended.stderr
    for said in ("floor", "lag", "are not distinguishable here"):
        assert said in ended.stdout
    assert not (tmp_path / ".lab").exists()
    assert not left_after(tmp_path)

    folder = tmp_path / "reports/latest"
    manifest = json.loads((folder / "run.json").read_text())
    assert manifest["experiment"] == "calibrate"
    assert manifest["stack"] == {"kind": "none", "servers": []}
    expected = {"rate_rps": 800.0, "blocks": 3, "connections": 8}
    assert {name: manifest["calibration"][name] for name in expected} == expected
    legs = calibration_legs(manifest)
    assert sorted((leg["block"], leg["arm"]) for leg in legs) == [(b, arm) for b in range(3) for arm in "ab"]
    assert [leg["leg"] for leg in manifest["legs"]] == list(range(len(manifest["legs"])))
    assert (folder / "report.html").stat().st_size > 1000


def test_both_turns_of_a_block_have_the_same_arrivals_over_connections_that_stand(
    lab: Lab, tmp_path: Path
) -> None:
    assert lab("calibrate", "--blocks", "2").returncode == 0
    folder = tmp_path / "reports/latest"
    samples = pd.read_parquet(folder / "samples/calibration-0.parquet")
    measured = samples[samples["phase"] == "calibrate"].sort_values("intended_ns")
    assert set(measured["outcome"]) == {"hit"}
    offsets = {
        key: (turn["intended_ns"] - turn["intended_ns"].iloc[0]).tolist()
        for key, turn in measured.groupby(["block", "arm"], observed=True)
    }
    assert offsets[0, "a"] == offsets[0, "b"]
    assert offsets[1, "a"] == offsets[1, "b"]
    assert offsets[0, "a"] != offsets[1, "a"]
    assert max(offsets[0, "a"]) <= TURN_S * 1e9
    legs = calibration_legs(json.loads((folder / "run.json").read_text()))
    assert sum(worker["connects"] for leg in legs for worker in leg["workers"]) == 0


def test_it_goes_first_in_a_run_and_shares_its_numbers_and_its_clock(lab: Lab, tmp_path: Path) -> None:
    small = ["--profile", "smoke", "--users", "2000", "--events", "20000"]
    ended = lab("run", "aa", "--repetitions", "1", "--blocks", "2", *small)
    assert ended.returncode == 0, ended.stderr
    folder = tmp_path / "reports/latest"
    manifest = json.loads((folder / "run.json").read_text())
    assert manifest["calibration"]["rate_rps"] == 1_000.0
    assert [leg["leg"] for leg in manifest["legs"]] == list(range(len(manifest["legs"])))
    others = [leg for leg in manifest["legs"] if leg["phase"] == "aa"]
    assert max(leg["ended_ns"] for leg in calibration_legs(manifest)) < min(leg["started_ns"] for leg in others)
    held = {
        name: set(pd.read_parquet(folder / f"samples/{name}-0.parquet")["leg"])
        for name in ("calibration", "worker")
    }
    assert not held["calibration"] & held["worker"]
    assert "are not distinguishable here" in ended.stdout
