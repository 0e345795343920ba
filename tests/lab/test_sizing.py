"""`lab run sizing` end to end: a few points of a small working set, on the real server."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.lab.conftest import Lab, run_lab
from tests.lab.processes import left_after

SMALL = ["run", "sizing", "--profile", "smoke", "--users", "2000", "--events", "20000", "--no-calibrate"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    place = tmp_path_factory.mktemp("sizing")
    ended = run_lab(
        place, *SMALL, "--policy", "allkeys-lru", "--policy", "noeviction", "--size", "5", "--size", "20",
        "--rate", "300", "--flat-out",
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert not left_after(place)
    yield place / "reports/latest"


@pytest.fixture(scope="module")
def manifest(folder: Path) -> dict[str, Any]:
    entry: dict[str, Any] = json.loads((folder / "run.json").read_text())
    return entry


def test_every_policy_is_measured_at_every_size_and_rate(manifest: dict[str, Any]) -> None:
    (sweep,) = manifest["sizing"]
    assert [(point["policy"], point["size_ratio"], point["offered_rate_rps"]) for point in sweep["points"]] == [
        (policy, size_ratio, rate_rps)
        for policy in ("allkeys-lru", "noeviction")
        for size_ratio in (0.05, 0.2)
        for rate_rps in (300.0, None)
    ]
    assert sweep["maxmemory_samples"] == 5
    assert all(len(point["legs"]) == len(point["entries_held"]) == 2 for point in sweep["points"])


def test_the_server_really_had_the_size_and_the_policy(manifest: dict[str, Any]) -> None:
    legs = {leg["leg"]: leg["counters"] for leg in manifest["legs"] if leg["phase"] == "sizing"}
    (sweep,) = manifest["sizing"]
    for point in sweep["points"]:
        counters = [legs[number]["redis"] for number in point["legs"]]
        assert all(each["maxmemory_bytes"] == point["maxmemory_bytes"] for each in counters)
        if point["policy"] == "noeviction":
            assert all(each["evicted_keys"] == 0 for each in counters)
    # At some hundred entries buffers weigh as much as they do, so that fewer or more are held than planned.
    by_size = {
        point["size_ratio"]: np.mean(point["entries_held"])
        for point in sweep["points"]
        if point["policy"] == "allkeys-lru"
    }
    assert by_size[0.05] < by_size[0.2]


def test_hits_are_those_of_the_witnesses(folder: Path, manifest: dict[str, Any]) -> None:
    samples = pd.read_parquet(folder / "samples/worker-0.parquet")
    legs = [leg for leg in manifest["legs"] if leg["phase"] == "sizing"]
    assert [leg["block"] for leg in legs] == list(range(len(legs)))
    for leg in legs:
        outcomes = samples[samples["leg"] == leg["leg"]]["outcome"].value_counts()
        assert leg["counters"]["redis"]["keyspace_hits"] == outcomes.get("hit", 0)
        assert leg["counters"]["postgresql"]["calls"] == outcomes.get("miss", 0)


def test_the_report_sets_what_was_measured_beside_what_was_predicted(folder: Path) -> None:
    results = json.loads((folder / "results.json").read_text())
    points = results["sizing"][0]["points"]
    assert len(points) == 8
    assert all(point["predicted"] is not None and point["measured"]["value"] is not None for point in points)
    assert "What each size of the cache does" in (folder / "report.md").read_text()
    assert (folder / "charts/sizing_user.png").exists()


def test_a_trace_is_one_pass_from_its_start(lab: Lab, tmp_path: Path) -> None:
    ranks = np.random.default_rng(1).zipf(1.3, 600) % 200
    trace = tmp_path / "keys.trace"
    ranks.astype("<u4").tofile(trace)
    ended = lab(*SMALL, "--trace", str(trace), "--policy", "allkeys-lru", "--size", "50", "--rate", "600")
    assert ended.returncode == 0, ended.stderr
    folder = tmp_path / "reports/latest"
    (sweep,) = json.loads((folder / "run.json").read_text())["sizing"]
    (point,) = sweep["points"]
    samples = pd.read_parquet(folder / "samples/worker-0.parquet")
    sent = samples[samples["leg"] == point["legs"][0]].sort_values("intended_ns")["key"].to_numpy()
    assert point["first_leg"] == point["legs"][0]
    assert len(sent) == len(ranks)
    of_rank: dict[int, int] = {}
    assert all(
        of_rank.setdefault(rank, key) == key for rank, key in zip(ranks.tolist(), sent.tolist(), strict=True)
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--size", "0"], "--size"),
        (["--size", "101"], "--size"),
        (["--policy", "lru"], "--policy"),
        (["--rate", "0"], "--rate"),
        (["--trace", "some.trace", "--flat-out"], "--flat-out does not go with --trace"),
        (["--popularity", "zipf:-1"], "zipf:-1"),
    ],
)
def test_bad_use_is_one_sentence(lab: Lab, tmp_path: Path, arguments: list[str], said: str) -> None:
    ended = lab(*SMALL, *arguments)
    assert ended.returncode in (1, 2)
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / ".lab").exists()
