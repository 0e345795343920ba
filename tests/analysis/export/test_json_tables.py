"""The results as records: every estimate is there once, under its place in results.json."""

import json
from pathlib import Path
from typing import Any

import pytest

from analysis.errors import AnalysisError, RunError
from analysis.export.json_tables import json_tables
from analysis.results import Results


def estimates_within(value: Any) -> int:
    if isinstance(value, list):
        return sum(estimates_within(each) for each in value)
    if not isinstance(value, dict):
        return 0
    return 1 if "low" in value and "unit" in value else sum(estimates_within(each) for each in value.values())


def test_every_estimate_is_a_record(reported: tuple[Path, Results]) -> None:
    folder, results = reported
    tables = json_tables(folder)
    assert len(tables["estimates"]) == estimates_within(json.loads((folder / "results.json").read_text("utf-8")))
    by_place = {(row["operation"], row["quantity"]): row for row in tables["estimates"]}
    assert len(by_place) == len(tables["estimates"])
    read = results.reads[0]
    row = by_place[read.operation, "response_time.hit.p95"]
    estimate = read.response_time["hit"]["p95"]
    assert (row["population"], row["value"], row["low"], row["high"]) == (
        "hit",
        estimate.value,
        estimate.low,
        estimate.high,
    )
    assert (row["unit"], row["count"], row["blocks"]) == ("s", estimate.count, estimate.blocks)
    assert by_place[read.operation, "speed_up.mean"]["population"] is None


def test_blocks_are_flat_and_name_their_unit(reported: tuple[Path, Results]) -> None:
    folder, results = reported
    rows = json_tables(folder)["blocks"]
    assert len(rows) == len(results.blocks)
    assert all(not isinstance(value, dict | list) for row in rows for value in row.values())
    assert rows[0]["response_mean_s"] == results.blocks[0].response.mean
    assert rows[0]["service_p50_s"] == results.blocks[0].service.p50


def test_a_read_and_a_population_can_be_chosen(reported: tuple[Path, Results]) -> None:
    tables = json_tables(reported[0], "user", "miss")
    for name in ("estimates", "blocks"):
        assert {(row["operation"], row["population"]) for row in tables[name]} == {("user", "miss")}
    assert all(each["operation"] in ("user", None) for each in tables["cautions"])


def test_estimates_of_parts_beside_the_reads_are_found(tmp_path: Path) -> None:
    estimate = {"value": 1.0, "low": None, "high": None, "unit": "s", "count": 9, "blocks": 2, "note": None}
    part = {"floor_s": estimate, "arms": [{"operation": "user", "rate": estimate}]}
    (tmp_path / "results.json").write_text(json.dumps({"calibration": part}))
    rows = json_tables(tmp_path)["estimates"]
    assert [(row["operation"], row["quantity"]) for row in rows] == [
        (None, "calibration.floor_s"),
        ("user", "calibration.arms.0.rate"),
    ]


def test_what_is_not_there_is_an_error(reported: tuple[Path, Results]) -> None:
    with pytest.raises(AnalysisError, match="says nothing of nope"):
        json_tables(reported[0], "nope")


@pytest.mark.parametrize("text", [None, "{", "[]"])
def test_results_that_cannot_be_read_are_an_error(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "results.json").write_text(text)
    with pytest.raises(RunError, match="lab report"):
        json_tables(tmp_path)
