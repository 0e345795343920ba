"""A read gets as many blocks as its intervals take, and never more than the cap."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from lab.experiments.profile import PROFILES
from lab.experiments.stopping import Blocks, UntilNarrow, blocks_of, until_narrow
from lab.generator import LegSummary
from tests.lab.conftest import Lab
from tests.lab.processes import left_after

SMALL = ["--profile", "smoke", "--users", "2000", "--events", "20000", "--rate", "100", "--no-calibrate"]


def summary(mean_s: float | None, requests: int = 1_000) -> LegSummary:
    return LegSummary(
        leg=0,
        started_ns=0,
        ended_ns=1_000_000_000,
        requests=requests,
        outcomes={},
        connects=0,
        response_s={"mean": mean_s, "p50": mean_s, "p95": mean_s, "p99": mean_s},
        workers=[],
    )


def measured(
    rule: UntilNarrow, speed_ups: Iterable[float | None], requests: int = 1_000
) -> tuple[Blocks, list[str]]:
    """Feed blocks of these speed-ups until the rule has enough; return it and what the progress said."""
    blocks, said = blocks_of(PROFILES["quick"], rule), []
    for speed_up in speed_ups:
        said.append(blocks.progress())
        uncached_s = None if speed_up is None else 0.001 * speed_up
        blocks.note(summary(0.001, requests), summary(uncached_s, requests))
        if blocks.done:
            return blocks, said
    raise AssertionError("the rule did not end it")


def rule(target_ratio: float = 0.05, of: tuple[str, ...] = ("mean",), cap: int = 12) -> UntilNarrow:
    return UntilNarrow(target_ratio=target_ratio, of=of, minimum_blocks=8, cap_blocks=cap)


NOISY = [2.0, 3.0] * 20
STEADY = [2.0, 2.01] * 20


def test_a_fixed_number_of_blocks_is_kept_to() -> None:
    blocks = blocks_of(PROFILES["smoke"], None)
    for number in (1, 2):
        assert not blocks.done
        assert blocks.progress() == f"block {number} of 2"
        blocks.note(summary(0.001), summary(0.002))
    assert blocks.done
    assert blocks.to_json() == {
        "rule": "fixed", "target_ratio": None, "of": [], "blocks": 2, "cap_blocks": None, "reached": None,
    }  # fmt: skip


def test_narrow_intervals_end_it_after_the_fewest_blocks() -> None:
    blocks, said = measured(rule(), STEADY)
    assert blocks.to_json() == {
        "rule": "until", "target_ratio": 0.05, "of": ["mean"], "blocks": 8, "cap_blocks": 12, "reached": True,
    }  # fmt: skip
    assert said[-1] == "block 8 of at most 12"


def test_it_goes_on_until_they_are_narrow() -> None:
    blocks, _ = measured(rule(0.15, cap=40), NOISY)
    found = blocks.to_json()
    assert found["reached"]
    assert 8 < found["blocks"] < 40


def test_wide_intervals_end_it_at_the_cap() -> None:
    found = measured(rule(0.01), NOISY)[0].to_json()
    assert (found["blocks"], found["reached"]) == (12, False)


def test_a_block_whose_mean_is_unknown_counts_for_the_cap_alone() -> None:
    found = measured(rule(), [None, *STEADY])[0].to_json()
    assert (found["blocks"], found["reached"]) == (9, True)


def test_a_quantile_that_the_report_would_refuse_is_never_narrow() -> None:
    found = measured(rule(of=("mean", "p99")), STEADY, requests=367)[0].to_json()
    assert (found["blocks"], found["reached"]) == (12, False)
    found = measured(rule(of=("mean", "p99")), STEADY, requests=368)[0].to_json()
    assert (found["blocks"], found["reached"]) == (8, True)


def test_the_cap_is_four_times_the_profiles_blocks_unless_told() -> None:
    assert until_narrow(PROFILES["quick"], 0.05, ("mean",), None).cap_blocks == 32
    assert until_narrow(PROFILES["full"], 0.05, ("mean",), 20).cap_blocks == 20
    assert until_narrow(PROFILES["smoke"], 0.05, ("mean",), None).minimum_blocks == 8
    with pytest.raises(ValueError, match="below the 12 blocks"):
        until_narrow(PROFILES["full"], 0.05, ("mean",), 11)


def only_read(folder: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((folder / "run.json").read_text())["reads"][0]
    return read


def measured_legs(folder: Path) -> int:
    legs = json.loads((folder / "run.json").read_text())["legs"]
    return sum(leg["phase"] == "measure" for leg in legs)


def test_a_real_run_stops_by_rule_and_says_so(lab: Lab, tmp_path: Path) -> None:
    # Of medians at a low rate, which a busy machine's bursts hardly reach, and with blocks in hand.
    ended = lab("run", "compare", "--until", "99%", "--until-of", "p50", "--max-blocks", "20", *SMALL)
    assert ended.returncode == 0, ended.stderr
    folder = tmp_path / "reports/latest"
    stopping = only_read(folder)["stopping"]
    assert (stopping["rule"], stopping["target_ratio"], stopping["of"]) == ("until", 0.99, ["p50"])
    assert (stopping["cap_blocks"], stopping["reached"]) == (20, True)
    blocks = stopping["blocks"]
    assert 8 <= blocks < 20
    assert measured_legs(folder) == 2 * blocks
    assert f"block {blocks} of at most 20" in ended.stderr
    said = f"Stopped by rule after {blocks} blocks: every interval is within 99 %."
    assert said in " ".join(ended.stdout.split())
    assert said in (folder / "report.md").read_text()
    assert said in (folder / "report.html").read_text()


def test_a_real_run_that_reaches_its_cap_says_how_wide_it_still_is(lab: Lab, tmp_path: Path) -> None:
    ended = lab("run", "compare", "--until", "0.0001", "--until-of", "mean", "--max-blocks", "9", *SMALL)
    assert ended.returncode == 0, ended.stderr
    folder = tmp_path / "reports/latest"
    stopping = only_read(folder)["stopping"]
    assert (stopping["blocks"], stopping["cap_blocks"], stopping["reached"]) == (9, 9, False)
    assert measured_legs(folder) == 2 * 9
    said = "The cap of 9 blocks was reached first; the interval of the mean is still"
    assert said in " ".join(ended.stdout.split())
    assert said in (folder / "report.md").read_text()
    assert not left_after(tmp_path)
