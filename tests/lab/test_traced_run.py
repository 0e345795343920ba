"""`lab run sizing` over a trace with everything in it: timestamps, sizes, writes, deletes, and bad lines."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from loadtests.target import WRITES
from loadtests.traffic import working_set
from tests.lab.conftest import run_lab
from tests.lab.processes import left_after

SPEED = 2.0
KEYS, RECORDS, BAD = 600, 3_000, 3


def write_trace(file: Path) -> pd.DataFrame:
    """Write a trace of six seconds with a pause of one in it, and return its good records."""
    random = np.random.default_rng(4)
    keys = np.minimum((random.pareto(0.7, RECORDS) * 10).astype(int), KEYS - 1)
    at_s = 1000 + np.sort(random.random(RECORDS) * 6)
    at_s[RECORDS // 2 :] += 1
    records = pd.DataFrame(
        {
            "when": np.round(at_s, 6),
            "id": [f"k{key}" for key in keys],
            "bytes": (keys * 97) % 3000,
            "op": random.choice(["get", "get", "get", "get", "set", "delete"], RECORDS),
        }
    )
    lines = records.to_csv(index=False).splitlines()
    for place in np.linspace(2, RECORDS, BAD, dtype=int):
        lines.insert(int(place), "not,a,record,at all")
    file.write_text("\n".join(lines))
    return records


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("traced")


@pytest.fixture(scope="module")
def records(place: Path) -> pd.DataFrame:
    return write_trace(place / "t.csv")


@pytest.fixture(scope="module")
def folder(place: Path, records: pd.DataFrame) -> Iterator[Path]:
    ended = run_lab(
        place, "run", "sizing", "--profile", "smoke", "--users", "2000", "--events", "2000", "--no-calibrate",
        "--trace", "t.csv", "--csv-columns", "key=id,timestamp=when,size=bytes,operation=op", "--skip-bad",
        "--speed", f"{SPEED}", "--policy", "allkeys-lru", "--size", "30",
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert "planned: " in ended.stderr
    assert not left_after(place)
    yield place / "reports/latest"


@pytest.fixture(scope="module")
def manifest(folder: Path) -> dict[str, Any]:
    entry: dict[str, Any] = json.loads((folder / "run.json").read_text())
    return entry


@pytest.fixture(scope="module")
def sent(folder: Path, manifest: dict[str, Any]) -> pd.DataFrame:
    (point,) = manifest["sizing"][0]["points"]
    samples = pd.concat(map(pd.read_parquet, (folder / "samples").glob("*.parquet")))
    return samples[samples["leg"].isin(point["legs"])].sort_values("intended_ns", kind="stable")


def users_of(records: pd.DataFrame) -> list[int]:
    ranks = pd.factorize(records["id"])[0]
    return working_set(ranks.max() + 1, 2000)[ranks].tolist()


def test_every_record_is_sent_once_as_what_it_is(records: pd.DataFrame, sent: pd.DataFrame) -> None:
    reads = records["op"].to_numpy() == "get"
    users = np.array(users_of(records))
    written = sent["operation"].to_numpy() == WRITES
    assert sent["key"].to_numpy()[~written].tolist() == users[reads].tolist()
    assert sent["key"].to_numpy()[written].tolist() == users[~reads].tolist()
    assert sent["version"].notna().all()


def test_every_record_is_due_when_the_trace_says(records: pd.DataFrame, sent: pd.DataFrame) -> None:
    since_s = (records["when"] - records["when"].iloc[0]).to_numpy() / SPEED
    due_s = (sent["intended_ns"] - sent["intended_ns"].iloc[0]).to_numpy() / 1e9
    assert due_s == pytest.approx(since_s, abs=1e-5)


def test_the_rate_is_that_of_the_stretch(manifest: dict[str, Any], records: pd.DataFrame) -> None:
    (point,) = manifest["sizing"][0]["points"]
    (leg,) = (leg for leg in manifest["legs"] if leg["leg"] in point["legs"])
    at_s = records["when"].to_numpy()
    stretch_s = (at_s[-1] - at_s[0]) * len(at_s) / (len(at_s) - 1) / SPEED
    reads = int((records["op"] == "get").sum())
    assert leg["offered_rate_rps"] == pytest.approx(reads / stretch_s, rel=1e-4)
    assert leg["write_rate_rps"] == pytest.approx((len(records) - reads) / stretch_s, rel=1e-4)


def test_run_json_says_how_the_trace_was_read(manifest: dict[str, Any], records: pd.DataFrame) -> None:
    popularity, parameters = manifest["parameters"]["popularity"], manifest["parameters"]
    assert (popularity["format"], popularity["bad_records"], popularity["requests"]) == ("csv", BAD, RECORDS)
    assert (parameters["arrivals"], parameters["speed"]) == ("trace", SPEED)
    assert parameters["write_ratio"] == pytest.approx((records["op"] != "get").mean())
    assert manifest["dataset"]["value_sizes"].startswith("trace:")


def test_rows_are_as_large_as_the_first_record_of_their_key(
    manifest: dict[str, Any], records: pd.DataFrame
) -> None:
    first = records.drop_duplicates("id")["bytes"].to_numpy()
    assert manifest["dataset"]["values"]["largest_bytes"] == first.max()
    others = 2000 - len(first)
    assert manifest["dataset"]["values"]["mean_bytes"] == pytest.approx((first.sum() + 120 * others) / 2000)


def test_what_was_predicted_allows_for_the_writes(folder: Path, manifest: dict[str, Any]) -> None:
    results = json.loads((folder / "results.json").read_text())
    (point,) = results["sizing"][0]["points"]
    assert results["state"] != "invalid"
    assert abs(point["residual"]) < 0.06  # some hundred reads
    # Without the writes a third of the hits would be more than were there.
    assert point["forecast"]["textbook"] - point["measured"]["value"] > 0.1


def test_a_pass_is_counted_in_reads(manifest: dict[str, Any], records: pd.DataFrame) -> None:
    (sweep,) = manifest["sizing"]
    reads = int((records["op"] == "get").sum())
    assert sweep["pass_requests"] == reads
    assert [leg["requests"] for leg in manifest["legs"] if leg["phase"] == "sizing"] == [reads]


def test_the_report_says_all_of_it(folder: Path) -> None:
    report = (folder / "report.md").read_text()
    assert "replay of t.csv (3,000 requests for" in report
    assert "; 3 bad records left out)" in report
    assert "as the trace has them, 2 times as fast" in report
    assert "of the trace's records write through user-service" in report
    assert "values as in the trace: " in report
