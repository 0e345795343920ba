import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analysis.results import Results, analyse
from analysis.run import read_run
from tests.analysis.synthetic import read_rows, write_run, write_samples

ESTIMATE = {"value", "low", "high", "unit", "count", "blocks", "note"}
TOP = {
    "schema",
    "run_id",
    "experiment",
    "sizing",
    "freshness",
    "state",
    "headline",
    "worthwhile_ratio",
    "confidence",
    "cautions",
    "reads",
    "blocks",
    "calibration",
    "aa",
    "capacity",
    "block_cautions",
}
READ = {
    "break_even",
    "operation",
    "route",
    "verdict",
    "hit_ratio",
    "price_s",
    "speed_up",
    "second_opinion",
    "response_time",
    "service_time",
    "lag",
    "requests",
    "error_ratio",
    "offered_rps",
    "achieved_rps",
    "database",
    "cpu_per_request_s",
    "stopping",
    "state",
    "reasons",
    "waterfall",
}


@pytest.fixture(scope="module")
def entry(reported: tuple[Path, Results]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((reported[0] / "results.json").read_text("utf-8"))
    return found


def test_the_keys_are_the_promised_ones(entry: dict[str, Any]) -> None:
    assert set(entry) == TOP
    for read in entry["reads"]:
        assert set(read) == READ
        assert set(read["verdict"]) == {"word", "sentence"}
        assert set(read["speed_up"]) == {"mean", "p50", "p95", "p99", "p999", "hit", "miss"}
        assert set(read["second_opinion"]) == set(read["speed_up"])
        assert set(read["second_opinion"]["mean"]) == {"sign_flip_p", "low", "high", "blocks"}
        assert set(read["response_time"]) == {"hit", "miss", "cached", "uncached"}
        assert set(read["response_time"]["hit"]) == {"mean", "p50", "p95", "p99", "p999"}
        assert set(read["waterfall"]) == {"clocks_agree", "everyone", "slowest"}
        assert set(read["waterfall"]["everyone"]["miss"]["parts"]) == {
            "lag", "queue", "redis", "postgresql", "render", "rest", "back"
        }  # fmt: skip
        assert set(read["database"]) == {
            "price_s",
            "calls_per_request",
            "time_per_request_s",
            "calls_saved_ratio",
            "calls_saved_rps",
            "time_saved_ratio",
        }


def test_every_block_bounds_its_own_quantiles_or_refuses_to(entry: dict[str, Any]) -> None:
    ends = [
        (block["response"][name], *(block["response_interval"][name][end] for end in ("low", "high")))
        for block in entry["blocks"]
        for name in ("p50", "p95", "p99", "p999")
    ]
    assert all((value, low, high) == (None, None, None) or low <= value <= high for value, low, high in ends)
    assert 0 < sum(low is None for _, low, _ in ends) < len(ends)


def test_every_estimate_has_unit_counts_and_interval(entry: dict[str, Any]) -> None:
    found = list(estimates_in(entry["reads"]))
    assert len(found) > 100
    for estimate in found:
        assert set(estimate) == ESTIMATE
        assert estimate["unit"]
        if estimate["value"] is None:
            assert estimate["note"]
            assert estimate["low"] is None
        elif estimate["blocks"] >= 2:
            assert estimate["low"] <= estimate["value"] <= estimate["high"]


def estimates_in(value: Any) -> Any:
    if isinstance(value, dict):
        if "unit" in value:
            yield value
        else:
            for each in value.values():
                yield from estimates_in(each)
    if isinstance(value, list):
        for each in value:
            yield from estimates_in(each)


def test_a_caution_has_all_its_parts(tmp_path: Path) -> None:
    results = analyse(read_run(write_run(tmp_path / "run", blocks=2, requests=30)))
    cautions = results.to_json()["cautions"]
    assert cautions
    for caution in cautions:
        assert set(caution) == {
            "code",
            "severity",
            "sentence",
            "advice",
            "figure",
            "threshold",
            "operation",
            "block",
            "arm",
            "part",
        }
        assert caution["severity"] in ("doubtful", "invalid")


def test_nothing_infinite_or_undefined_reaches_the_json(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", blocks=2, requests=30)
    rows = read_rows(folder).astype({"outcome": str})
    rows.loc[rows["arm"] == "uncached", ["outcome", "done_ns"]] = ["refused", pd.NA]
    write_samples(folder, rows)
    text = json.dumps(analyse(read_run(folder)).to_json(), allow_nan=False)
    assert "refused" in text


def test_the_same_run_gives_the_same_results(reported: tuple[Path, Results]) -> None:
    folder, results = reported
    assert analyse(read_run(folder)).to_json() == results.to_json()
