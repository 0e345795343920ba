"""`lab run freshness` end to end: a few cells of a small working set, with a writer beside the readers."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from lab.experiments.freshness import FreshnessPlan
from lab.experiments.profile import PROFILES
from lab.stacks.embedded import EmbeddedStack
from tests.lab.conftest import Lab, run_lab
from tests.lab.processes import left_after

SMALL = ["run", "freshness", "--profile", "smoke", "--users", "2000", "--events", "20000", "--no-calibrate"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    place = tmp_path_factory.mktemp("freshness")
    ended = run_lab(place, *SMALL, "--ttl", "0.3", "--ttl", "1", "--rate", "300", "--write-rate", "0",
                    "--write-rate", "60")  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert not left_after(place)
    yield place / "reports/latest"


@pytest.fixture(scope="module")
def manifest(folder: Path) -> dict[str, Any]:
    entry: dict[str, Any] = json.loads((folder / "run.json").read_text())
    return entry


@pytest.fixture(scope="module")
def samples(folder: Path) -> pd.DataFrame:
    return pd.read_parquet(folder / "samples/worker-0.parquet")


def cells(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    (sweep,) = manifest["freshness"]
    found: list[dict[str, Any]] = sweep["cells"]
    return found


def test_where_nobody_writes_one_policy_stands_for_all(manifest: dict[str, Any]) -> None:
    assert [(cell["ttl_s"], cell["write_rate_rps"], cell["policy"]) for cell in cells(manifest)] == [
        (ttl_s, *rest) for ttl_s in (0.3, 1.0) for rest in ((0.0, "none"), (60.0, "none"), (60.0, "invalidate"))
    ]


def test_a_cell_is_measured_over_whole_times_to_live(manifest: dict[str, Any]) -> None:
    legs = {leg["leg"]: leg for leg in manifest["legs"]}
    for cell in cells(manifest):
        for number in cell["legs"]:
            seconds = (legs[number]["ended_ns"] - legs[number]["started_ns"]) / 1e9
            assert seconds >= 0.95 * cell["ttl_s"]
        assert cell["first_leg"] < min(cell["legs"])


def test_every_write_raised_a_version_that_it_tells(manifest: dict[str, Any], samples: pd.DataFrame) -> None:
    written = samples[samples["operation"] == "write"].sort_values("sent_ns")
    assert len(written) == sum(leg["writes"] for leg in manifest["legs"]) > 100
    assert written["version"].notna().all()
    assert not written.duplicated(["key", "version"]).any()


def test_writes_are_none_of_the_requests_and_the_witnesses_agree(
    manifest: dict[str, Any], samples: pd.DataFrame
) -> None:
    for leg in manifest["legs"]:
        if leg["phase"] != "freshness":
            continue
        rows = samples[samples["leg"] == leg["leg"]]
        outcomes = rows[rows["operation"] == "user"]["outcome"].value_counts()
        assert leg["requests"] == outcomes.sum()
        assert leg["counters"]["redis"]["keyspace_hits"] == outcomes.get("hit", 0)
        assert leg["counters"]["postgresql"]["calls"] == outcomes.get("miss", 0)
        assert leg["counters"]["postgresql"]["write_calls"] == leg["writes"]


def test_entries_really_lived_as_long_as_was_asked(manifest: dict[str, Any], samples: pd.DataFrame) -> None:
    """The hit ratio rises with the time to live, which the services were not started with."""
    short, long = (
        (samples[samples["leg"].isin(cell["legs"])]["outcome"] == "hit").mean()
        for cell in cells(manifest)
        if not cell["write_rate_rps"]
    )
    assert short < long


def test_only_a_write_that_leaves_the_cache_alone_leaves_stale_answers(
    manifest: dict[str, Any], samples: pd.DataFrame, folder: Path
) -> None:
    (found,) = json.loads((folder / "results.json").read_text())["freshness"]
    stale = {"none": 0, "invalidate": 0}
    for cell, result in zip(cells(manifest), found["cells"], strict=True):
        before = sum(stale.values())
        rows = samples[samples["leg"].between(cell["first_leg"], cell["legs"][-1])]
        written = rows[rows["operation"] == "write"]
        for read in rows[(rows["operation"] == "user") & rows["leg"].isin(cell["legs"])].itertuples():
            newer = written[(written["key"] == read.key) & (written["version"] > read.version)]
            stale[cell["policy"]] += bool((newer["done_ns"] < read.sent_ns).any())
        assert result["stale"] == sum(stale.values()) - before
        if cell["policy"] == "invalidate":
            # A read that loaded before the commit may have stored after the delete; nothing else leaves any.
            assert result["raced_entries"] == result["stale_entries"]
    assert stale["none"] > 20
    assert stale["invalidate"] < stale["none"] / 4


def test_services_that_ignore_what_is_asked_are_refused(stack: EmbeddedStack, lab: Lab, tmp_path: Path) -> None:
    endpoints = stack.endpoints
    external = [
        *SMALL, "--stack", "external", "--data-url", endpoints.data_service_url, "--empty-cache",
        "--database-url", endpoints.database_url, "--redis-url", endpoints.redis_url,
    ]  # fmt: skip
    without = lab(*external)
    assert without.returncode == 1
    assert "--user-url" in without.stderr
    ignoring = lab(*external, "--user-url", str(endpoints.user_service_url))
    assert ignoring.returncode == 1
    assert "data-service does not honour X-Cache-TTL; start it with LAB_MODE=1" in ignoring.stderr


def test_the_plan_counts_its_own_seconds() -> None:
    profile = PROFILES["quick"]
    plan = FreshnessPlan(ttls_s=(5.0,), write_rates_rps=(0.0, 1.0), policies=("none",))
    assert plan.seconds(profile) == pytest.approx(profile.ramp_s() + 2 * (7.0 + 4 * 5.0))
