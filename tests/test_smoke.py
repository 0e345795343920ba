"""The smallest real run, end to end: stack, load, samples, results, report. `make smoke` is this file."""

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analysis.parts import Part, divide
from analysis.samples import read_samples
from tests.analysis.changed import alter_one_answer
from tests.lab.processes import left_after

SMOKE = ["bench", "--profile", "smoke", "--users", "5000", "--events", "100000"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, Any], str]]:
    """Return the working folder, the results as printed, and what was said while it ran."""
    folder = tmp_path_factory.mktemp("smoke")
    ended = subprocess.run(
        [sys.executable, "-m", "lab", *SMOKE, "--json"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    yield folder, json.loads(ended.stdout), ended.stderr
    assert not left_after(folder)


def test_progress_is_said_and_standard_output_is_the_results_alone(run: tuple[Path, dict[str, Any], str]) -> None:
    folder, results, said = run
    assert results == json.loads((folder / "reports/latest/results.json").read_text())
    for step in ("the data set", "capacity", "warming", "block 1", "the report"):
        assert step in said


def test_the_run_is_not_invalid_and_every_request_was_answered(run: tuple[Path, dict[str, Any], str]) -> None:
    folder, results, _ = run
    assert results["state"] in ("valid", "doubtful")
    samples = pd.concat(pd.read_parquet(path) for path in (folder / "reports/latest/samples").glob("*.parquet"))
    measured = samples[samples["phase"] == "measure"]
    assert len(measured) > 200
    assert set(measured.loc[measured["arm"] == "cached", "outcome"]) == {"hit", "miss"}
    assert set(measured.loc[measured["arm"] == "uncached", "outcome"]) == {"bypass"}


def test_every_answers_time_is_divided_without_a_rest(run: tuple[Path, dict[str, Any], str]) -> None:
    folder, results, _ = run
    samples = read_samples(folder / "reports/latest")
    # Of the service's legs: the calibration's server answers at once, and does not say when it began.
    answered = samples[~samples["failed"] & samples["phase"].isin(["warmup", "measure"])]
    divided = divide(answered, clocks_comparable=True)
    parts = divided[[part.value for part in Part]]
    assert (parts.sum(axis="columns") == divided["response_ns"]).all()
    assert (parts.to_numpy() >= 0).all()
    assert not parts[[Part.NETWORK, Part.UNTOLD]].to_numpy().any()
    stages_ns = answered[["redis_ns", "db_ns", "render_ns"]].fillna(0).sum(axis="columns")
    assert (stages_ns <= answered["app_ns"]).all()
    assert (answered["sent_ns"] <= answered["app_started_ns"]).all()
    assert (answered["app_started_ns"] + answered["app_ns"] <= answered["done_ns"]).all()
    assert all(read["waterfall"]["clocks_agree"] for read in results["reads"])


def test_three_witnesses_agree_on_the_hits(run: tuple[Path, dict[str, Any], str]) -> None:
    folder, _, _ = run
    manifest = json.loads((folder / "reports/latest/run.json").read_text())
    samples = pd.read_parquet(folder / "reports/latest/samples/worker-0.parquet")
    for leg in manifest["legs"]:
        if leg["phase"] != "measure":
            continue
        sent = samples[samples["leg"] == leg["leg"]]
        outcomes = sent["outcome"].value_counts()
        redis, postgresql = leg["counters"]["redis"], leg["counters"]["postgresql"]
        assert redis["keyspace_hits"] == outcomes.get("hit", 0)
        assert redis["keyspace_misses"] == outcomes.get("miss", 0)
        assert postgresql["calls"] == outcomes.get("miss", 0) + outcomes.get("bypass", 0)


def test_both_arms_of_a_block_met_the_same_traffic(run: tuple[Path, dict[str, Any], str]) -> None:
    folder, _, _ = run
    samples = pd.read_parquet(folder / "reports/latest/samples/worker-0.parquet")
    measured = samples[samples["phase"] == "measure"].sort_values("intended_ns")
    for _, block in measured.groupby("block"):
        keys = [turn["key"].tolist() for _, turn in block.groupby("arm", observed=True)]
        assert keys[0] == keys[1]


def test_a_size_of_the_cache_is_measured_at_the_rate_of_the_comparison(
    run: tuple[Path, dict[str, Any], str],
) -> None:
    folder, results, _ = run
    manifest = json.loads((folder / "reports/latest/run.json").read_text())
    (read,), (swept,) = manifest["reads"], manifest["sizing"]
    (point,) = swept["points"]
    assert (point["policy"], point["offered_rate_rps"]) == ("allkeys-lru", read["offered_rate_rps"])
    assert swept["working_set_keys"] == read["working_set_keys"]
    uncached_ramp = [leg for leg in manifest["legs"] if (leg["phase"], leg["arm"]) == ("ramp", "uncached")]
    assert len(uncached_ramp) == len(read["ramp"])
    (found,) = results["sizing"]
    assert found["points"][0]["predicted"] is not None
    assert "entries" in found["answer"] and "give a hit ratio of" in found["answer"]
    report = (folder / "reports/latest/report.md").read_text()
    assert report.index("## PostgreSQL") < report.index(found["answer"]) < report.index("## How it was measured")


def test_the_report_is_whole(run: tuple[Path, dict[str, Any], str]) -> None:
    folder, results, _ = run
    latest = folder / "reports/latest"
    assert results["run_id"] in (folder / "reports/index.html").read_text()
    for name in (
        "report.html",
        "report.md",
        "charts/speedup.png",
        "charts/hit_ratio.png",
        "charts/latency_user.png",
        "charts/sizing_user.png",
    ):
        assert (latest / name).stat().st_size > 1000
    assert "GET /user/" in (latest / "report.md").read_text()


def test_the_report_can_be_made_again(run: tuple[Path, dict[str, Any], str]) -> None:
    folder, results, _ = run
    again = subprocess.run(
        [sys.executable, "-m", "lab", "report"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert again.returncode == 0, again.stderr
    assert json.loads((folder / "reports/latest/results.json").read_text()) == results


def test_the_run_verifies_and_a_single_altered_sample_does_not(
    run: tuple[Path, dict[str, Any], str], tmp_path: Path
) -> None:
    folder, _, _ = run
    received = Path(shutil.copytree(folder / "reports/latest", tmp_path / "received"))

    def verify() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "lab", "verify", str(received)]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)

    good = verify()
    assert good.returncode == 0, good.stdout + good.stderr
    alter_one_answer(received, 1_000)
    altered = verify()
    assert altered.returncode == 3
    assert "samples/worker-0.parquet: recorded SHA-256" in altered.stdout
    assert "results.json, reads[0]." in altered.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_run_that_is_stopped_leaves_nothing_running(tmp_path: Path, number: signal.Signals) -> None:
    command = [sys.executable, "-m", "lab", *SMOKE]
    stopped = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert stopped.stderr is not None
    for line in stopped.stderr:
        if "warming" in line:
            break
    stopped.send_signal(number)
    _, rest = stopped.communicate(timeout=40)
    assert stopped.returncode != 0
    assert "Traceback" not in rest
    assert not left_after(tmp_path)
