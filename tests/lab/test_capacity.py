"""A small search for capacity, by the program, on a stack of its own: from the first probe to the report."""

import json
import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.lab.conftest import Lab
from tests.lab.processes import left_after

ARMS = ("cached", "uncached")


def check_located(found: dict[str, Any]) -> None:
    """An estimate is a finite number; without one there is a bound, or a note that says why not."""
    value = found["estimate"]["value"]
    if value is None:
        assert found["estimate"]["note"]
        assert found["at_least"] is None or found["below"] is None
    else:
        assert math.isfinite(value)
        assert value > 0
        assert found["at_least"] is None
        assert found["below"] is None


def test_a_search_measures_every_rate_in_every_block_and_reports_it(lab: Lab, tmp_path: Path) -> None:
    ended = lab(
        "run", "capacity", "--profile", "smoke", "--read", "user", "--slo", "p95<50ms", "--no-calibrate",
        "--users", "2000", "--events", "20000",
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr + ended.stdout
    assert "p95<50ms" in ended.stdout
    assert not left_after(tmp_path)
    folder = tmp_path / "reports/latest"
    manifest, results = (json.loads((folder / name).read_text()) for name in ("run.json", "results.json"))

    (asked,) = manifest["capacity"]
    assert asked["objective"] == {"text": "p95<50ms", "statistic": "p95", "limit_s": 0.05}
    legs = [leg for leg in manifest["legs"] if leg["phase"] == "capacity"]
    blocks = [leg for leg in legs if leg["block"] is not None]
    assert len(legs) > len(blocks), "there were probes"
    planned = [
        (block, arm, rate_rps)
        for block in range(asked["blocks"])
        for arm in ARMS
        for rate_rps in asked["arms"][arm]["rates_rps"]
    ]
    assert sorted((leg["block"], leg["arm"], leg["offered_rate_rps"]) for leg in blocks) == sorted(planned)
    assert [leg["position"] for leg in blocks] == 2 * list(range(12))

    (found,) = results["capacity"]
    for arm in ARMS:
        held = found["arms"][arm]
        check_located(held["capacity"])
        assert len(held["rates"]) == 6
        assert all(rate["statistic"]["value"] or rate["failures"] for rate in held["rates"])
        assert held["load"]["limit"] != "unknown"
        assert held["load"]["cpu_ratio"]["data-service"]["value"] > 0
        assert held["load"]["pool"] == {"workers": 2, "threads": 8}
        assert held["load"]["threads_taken"]["value"] > 0
        assert held["load"]["sentence"] in " ".join(ended.stdout.split()) or held["load"]["sentence"]
    check_located(found["ratio"])
    assert not {"conservation", "uncached-hits"} & {caution["code"] for caution in results["cautions"]}

    assert (folder / "charts/capacity_user.png").stat().st_size > 5_000
    assert "charts/capacity_user.png" in (folder / "report.md").read_text()
    assert found["sentence"] in results["headline"]


def test_every_rate_meets_keys_of_its_own(lab: Lab, tmp_path: Path) -> None:
    """Else the first rate of a block would fill the cache for the others, and these would hit with every key."""
    ended = lab(
        "run", "capacity", "--profile", "smoke", "--read", "user", "--slo", "mean<1s", "--no-calibrate",
        "--users", "2000", "--events", "20000", "--popularity", "zipf:0.6", "--seed", "3",
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr + ended.stdout
    folder = tmp_path / "reports/latest"
    samples = pd.read_parquet(folder / "samples/worker-0.parquet").sort_values("intended_ns")
    measured = samples[(samples["phase"] == "capacity") & samples["block"].notna()]
    first = {
        (arm, leg): tuple(part["key"].head(50))
        for (arm, leg), part in measured.groupby(["arm", "leg"], observed=True)
    }
    for arm in ARMS:
        of_arm = [keys for (each, _), keys in first.items() if each == arm]
        assert len(set(of_arm)) == len(of_arm) == 12
    cached, uncached = ({keys for (each, _), keys in first.items() if each == arm} for arm in ARMS)
    assert cached == uncached, "both arms meet the same keys at the same step"
    (found,) = json.loads((folder / "results.json").read_text())["capacity"]
    shares = [rate["hit_ratio"]["value"] for rate in found["arms"]["cached"]["rates"]]
    assert shares == pytest.approx([sum(shares) / 6] * 6, abs=0.12)
    assert found["arms"]["cached"]["capacity"]["at_least"] is not None
    assert found["arms"]["cached"]["capacity"]["estimate"]["value"] is None
