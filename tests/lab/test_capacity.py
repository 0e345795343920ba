"""A small search for capacity, by the program, on a stack of its own: from the first probe to the report."""

import json
import math
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pytest

from tests.lab.conftest import run_lab
from tests.lab.processes import left_after

ARMS = ("cached", "uncached")
MOST_S = 240  # half a minute on a machine of one's own; others' tests may run beside it

pytestmark = pytest.mark.timeout(MOST_S + 20)


class Search(NamedTuple):
    """A run of the program, and what it left."""

    ended: subprocess.CompletedProcess[str]
    folder: Path
    manifest: dict[str, Any]
    results: dict[str, Any]


@pytest.fixture(scope="module")
def search(tmp_path_factory: pytest.TempPathFactory) -> Search:
    place = tmp_path_factory.mktemp("capacity")
    ended = run_lab(
        place,
        "run", "capacity", "--profile", "smoke", "--read", "user", "--slo", "p95<50ms", "--no-calibrate",
        "--users", "2000", "--events", "20000", "--popularity", "zipf:0.6",
        timeout=MOST_S,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr + ended.stdout
    assert not left_after(place)
    folder = place / "reports/latest"
    manifest, results = (json.loads((folder / name).read_text()) for name in ("run.json", "results.json"))
    return Search(ended=ended, folder=folder, manifest=manifest, results=results)


def test_every_rate_of_both_arms_is_offered_in_every_block(search: Search) -> None:
    (asked,) = search.manifest["capacity"]
    assert asked["objective"] == {"text": "p95<50ms", "statistic": "p95", "limit_s": 0.05}
    legs = [leg for leg in search.manifest["legs"] if leg["phase"] == "capacity"]
    blocks = [leg for leg in legs if leg["block"] is not None]
    assert len(legs) > len(blocks), "there were probes"
    planned = [
        (block, arm, rate_rps)
        for block in range(asked["blocks"])
        for arm in ARMS
        for rate_rps in asked["arms"][arm]["rates_rps"]
    ]
    assert sorted((leg["block"], leg["arm"], leg["offered_rate_rps"]) for leg in blocks) == sorted(planned)
    assert [leg["position"] for leg in blocks] == asked["blocks"] * list(range(12))
    in_turn = [(leg["arm"], leg["offered_rate_rps"]) for leg in blocks]
    assert in_turn[:12] != sorted(in_turn[:12]), "the order is drawn at random"


def test_every_rate_meets_keys_of_its_own_and_both_arms_the_same(search: Search) -> None:
    """Else the first rate of a block would fill the cache for the others, and these would hit with every key."""
    samples = pd.read_parquet(search.folder / "samples/worker-0.parquet").sort_values("intended_ns")
    measured = samples[(samples["phase"] == "capacity") & samples["block"].notna()]
    keys = {arm: [] for arm in ARMS}  # type: dict[str, list[tuple[int, ...]]]
    for (arm, _), part in measured.groupby(["arm", "leg"], observed=True):
        keys[arm].append(tuple(part["key"].head(50)))
    for of_arm in keys.values():
        assert len(set(of_arm)) == len(of_arm) == 12
    assert set(keys["cached"]) == set(keys["uncached"])
    (found,) = search.results["capacity"]
    shares = [rate["hit_ratio"]["value"] for rate in found["arms"]["cached"]["rates"]]
    assert shares == pytest.approx([sum(shares) / 6] * 6, abs=0.15)
    assert max(shares) < 0.9


def test_every_capacity_is_a_number_or_a_bound_and_has_a_limit(search: Search) -> None:
    (found,) = search.results["capacity"]
    for located in (found["ratio"], *(found["arms"][arm]["capacity"] for arm in ARMS)):
        value, bounds = located["estimate"]["value"], [located["at_least"], located["below"]]
        if value is None:
            assert located["estimate"]["note"]
            assert None in bounds
        else:
            assert math.isfinite(value)
            assert value > 0
            assert bounds == [None, None]
    for arm in ARMS:
        held = found["arms"][arm]
        assert all(rate["statistic"]["value"] or rate["failures"] for rate in held["rates"])
        assert held["load"]["limit"] != "unknown"
        assert held["load"]["cpu_ratio"]["data-service"]["value"] > 0
        assert held["load"]["pool"] == {"workers": 2, "threads": 8}
        assert held["load"]["threads_taken"]["value"] > 0
    codes = {caution["code"] for caution in search.results["cautions"]}
    assert not {"conservation", "uncached-hits", "samples-lost", "no-witness"} & codes


def test_the_report_and_the_terminal_say_it_and_show_the_chart(search: Search) -> None:
    (found,) = search.results["capacity"]
    assert found["sentence"] in search.results["headline"]
    printed = " ".join(search.ended.stdout.split())
    assert found["sentence"] in printed
    assert all(found["arms"][arm]["load"]["sentence"] in printed for arm in ARMS)
    assert (search.folder / "charts/capacity_user.png").stat().st_size > 5_000
    assert "charts/capacity_user.png" in (search.folder / "report.md").read_text()
    assert 'id="capacity"' in (search.folder / "report.html").read_text()


def test_what_is_reported_follows_from_the_measurement(search: Search) -> None:
    ended = run_lab(search.folder.parents[1], "verify", str(search.folder))
    assert ended.returncode == 0, ended.stdout + ended.stderr
