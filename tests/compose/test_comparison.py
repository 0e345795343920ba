"""A short comparison on the Compose stack: the same experiment, run from a container of the stack's network."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.compose, pytest.mark.timeout(900)]


def test_the_smoke_run_works_under_compose_and_leaves_no_container(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "lab", "bench", "--profile", "smoke", "--stack", "compose", "--json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-4000:]
    results = json.loads(ended.stdout)
    assert results["state"] in ("valid", "doubtful")
    manifest = json.loads((tmp_path / "reports/latest/run.json").read_text())
    assert manifest["stack"]["kind"] == "compose"
    servers = {server["role"]: server for server in manifest["stack"]["servers"]}
    assert servers["postgresql"]["version"].startswith("18")
    assert servers["redis"]["name"] == "Redis"
    measured = [leg for leg in manifest["legs"] if leg["phase"] == "measure"]
    assert all(leg["counters"]["cpu_s"]["data-service"] > 0 for leg in measured)
    assert (tmp_path / "reports/latest/report.html").exists()
    left = subprocess.run(
        ["docker", "ps", "-q", "--filter", "label=com.docker.compose.project=hit-or-miss-lab"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert not left.stdout.strip()


def test_a_trace_and_bad_use_are_the_same_under_compose(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "lab", "bench", "--stack", "compose", "--trace", "missing.xz"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert "missing.xz" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_an_experiment_that_writes_finds_both_services_in_lab_mode(tmp_path: Path) -> None:
    ended = subprocess.run(
        [
            sys.executable, "-m", "lab", "run", "freshness", "--profile", "smoke", "--stack", "compose",
            "--rate", "300", "--ttl", "0.3", "--write-rate", "50", "--users", "2000", "--events", "20000",
            "--no-calibrate", "--json",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr[-4000:]
    manifest = json.loads((tmp_path / "reports/latest/run.json").read_text())
    measured = [leg for leg in manifest["legs"] if leg["phase"] == "freshness"]
    assert all(leg["counters"]["postgresql"]["write_calls"] == leg["writes"] for leg in measured)
    assert sum(leg["writes"] for leg in measured) > 20
