"""`lab run compare --write-ratio`: equal writes beside both arms, which delete entries of the cached arm alone."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from loadtests.target import WRITES
from tests.lab.conftest import run_lab


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("writes")
    ended = run_lab(
        place, "run", "compare", "--profile", "smoke", "--users", "2000", "--events", "2000", "--no-calibrate",
        "--rate", "200", "--write-ratio", "0.2", "--value-sizes", "range:100:900", "--arrivals", "pareto",
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    return place / "reports/latest"


@pytest.fixture(scope="module")
def legs(folder: Path) -> list[dict[str, Any]]:
    manifest = json.loads((folder / "run.json").read_text())
    return [leg for leg in manifest["legs"] if leg["phase"] == "measure"]


def test_both_arms_of_a_block_meet_the_same_writes(folder: Path, legs: list[dict[str, Any]]) -> None:
    samples = pd.concat(map(pd.read_parquet, (folder / "samples").glob("*.parquet")))
    written = samples[(samples["operation"] == WRITES) & (samples["phase"] == "measure")]
    assert (written["status"] == 200).all()
    by_leg = {leg: rows.sort_values("intended_ns")["key"].tolist() for leg, rows in written.groupby("leg")}
    for block in {leg["block"] for leg in legs}:
        first, second = (by_leg[leg["leg"]] for leg in legs if leg["block"] == block)
        assert first == second
        assert len(first) > 10


def test_a_fifth_of_the_requests_write(legs: list[dict[str, Any]]) -> None:
    for leg in legs:
        assert leg["write_rate_rps"] == pytest.approx(50.0)
        assert leg["offered_rate_rps"] == pytest.approx(200.0)


def test_the_cached_arm_alone_loses_entries_to_them(legs: list[dict[str, Any]]) -> None:
    for leg in legs:
        deleted = leg["counters"]["redis"]["commands"].get("del", 0)
        assert deleted == (leg["writes"] if leg["arm"] == "cached" else 0)
        assert leg["counters"]["postgresql"]["write_calls"] == leg["writes"] > 0


def test_it_has_a_verdict_and_says_what_was_sent(folder: Path) -> None:
    results = json.loads((folder / "results.json").read_text())
    assert results["state"] != "invalid"
    report = (folder / "report.md").read_text()
    assert "20 % of the requests, beside the reads, write through user-service" in report
    assert "generalised Pareto gaps" in report
    assert "values range:100:900: " in report
