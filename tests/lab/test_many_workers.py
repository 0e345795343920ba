"""`lab … --workers N` end to end: a real run, what it leaves behind, and what it says when it cannot."""

import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import psutil
import pytest

from tests.lab.conftest import Lab
from tests.lab.processes import left_after
from tests.loadtests.masters import worker_from_elsewhere

SMALL = [
    "run", "compare", "--profile", "smoke", "--users", "5000", "--events", "100000", "--no-calibrate",
]  # fmt: skip


def samples_of(run: Path) -> pd.DataFrame:
    return pd.concat(pd.read_parquet(path) for path in sorted((run / "samples").glob("worker-*.parquet")))


def require_exact_conservation(run: Path) -> dict[str, Any]:
    """Hold each leg's samples against Redis's and PostgreSQL's counters; return run.json."""
    manifest: dict[str, Any] = json.loads((run / "run.json").read_text())
    samples = samples_of(run)
    measured = [leg for leg in manifest["legs"] if leg["phase"] == "measure"]
    for leg in measured:
        outcomes = samples[samples["leg"] == leg["leg"]]["outcome"].astype(str).value_counts()
        redis, postgresql = leg["counters"]["redis"], leg["counters"]["postgresql"]
        assert leg["requests"] == outcomes.sum() > 0
        assert redis["keyspace_hits"] == outcomes.get("hit", 0)
        assert redis["keyspace_misses"] == outcomes.get("miss", 0)
        assert postgresql["calls"] == outcomes.get("miss", 0) + outcomes.get("bypass", 0)
        assert leg["lost_workers"] == 0
    for block in {leg["block"] for leg in measured}:
        turns = samples[(samples["phase"] == "measure") & (samples["block"] == block)]
        keys = [turn.sort_values("intended_ns")["key"].tolist() for _, turn in turns.groupby("arm", observed=True)]
        assert keys[0] == keys[1]
    return manifest


def test_a_run_of_two_workers_is_a_whole_run(lab: Lab, tmp_path: Path) -> None:
    ended = lab(*SMALL, "--workers", "2", "--json", timeout=115)
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["state"] in ("valid", "doubtful")
    manifest = require_exact_conservation(tmp_path / "reports/latest")
    assert manifest["parameters"]["workers"] == 2
    assert [generator["worker"] for generator in manifest["generators"]] == [0, 1]
    assert all(generator["clock_offset_ns"] == 0 for generator in manifest["generators"])
    measured = [leg for leg in manifest["legs"] if leg["phase"] == "measure"]
    assert all([worker["worker"] for worker in leg["workers"]] == [0, 1] for leg in measured)
    assert all(leg["counters"]["cpu_s"]["generator"] > 0 for leg in measured)
    assert not left_after(tmp_path)


def test_a_worker_from_elsewhere_takes_part(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.2", 0))
        address = f"127.0.0.2:{probe.getsockname()[1]}"
    command = [
        sys.executable, "-m", "lab", *SMALL, "--workers", "1", "--expect-workers", "1", "--bind", address,
    ]  # fmt: skip
    run = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert run.stderr is not None
        waiting = next(line for line in run.stderr if "waiting at" in line)
        assert f"waiting at {address} for 1 more" in waiting
        with worker_from_elsewhere(address) as worker:
            _, rest = run.communicate(timeout=100)
            assert worker.ended()[0] == 0
    finally:
        run.kill()
        run.wait()
    assert run.returncode == 0, rest
    manifest = require_exact_conservation(tmp_path / "reports/latest")
    assert manifest["parameters"]["workers"] == 2
    assert set(samples_of(tmp_path / "reports/latest")["phase"]) == {"ramp", "warmup", "measure"}


def test_a_run_that_loses_all_its_workers_ends_in_one_sentence(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "lab", *SMALL, "--workers", "2"]
    run = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert run.stderr is not None
        for line in run.stderr:
            if "warming" in line:
                break
        lost = [
            child for child in psutil.Process(run.pid).children(recursive=True) if "--number" in child.cmdline()
        ]
        for worker in lost:
            worker.kill()
        _, rest = run.communicate(timeout=60)
    finally:
        run.kill()
        run.wait()
    assert len(lost) == 2
    assert run.returncode == 1
    assert "lab: no worker of the load generator is left" in rest
    assert "Traceback" not in rest
    assert not left_after(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "compare", "--workers", "-1"], "--workers"),
        (["run", "compare", "--workers", "two"], "--workers"),
        (["bench", "--workers", "0"], "--workers 0 leaves nobody"),
        (["bench", "--workers", "65"], "64 connections"),
        (["bench", "--bind", "0.0.0.0:5557"], "--expect-workers"),
        (["bench", "--expect-workers", "1", "--bind", "host:99999"], "HOST:PORT"),
        (["bench", "--stack", "compose", "--expect-workers", "1"], "--stack compose"),
        (["worker"], "--master"),
        (["worker", "--master", "http://host:1"], "HOST:PORT"),
        (["worker", "--master", "127.0.0.1", "--wait", "0"], "--wait"),
    ],
)
def test_bad_values_are_one_sentence(lab: Lab, tmp_path: Path, arguments: list[str], said: str) -> None:
    ended = lab(*arguments)
    assert ended.returncode == 2
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / ".lab").exists()
