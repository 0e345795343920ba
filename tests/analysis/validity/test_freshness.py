from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from analysis.cautions import Caution, State
from analysis.results import Results, analyse
from analysis.run import read_run
from tests.analysis import changed
from tests.analysis.synthetic import write_run
from tests.analysis.synthetic_freshness import FreshTruth, write_freshness

SHORT = {"ttls_s": (1.0,), "write_rates_rps": (8.0,)}
Rows = Callable[[pd.DataFrame], pd.DataFrame]


def judged(folder: Path, truth: FreshTruth, rows: Rows | None = None) -> Results:
    return changed.found(write_freshness(folder / "run", truth), rows=rows)


def only(results: Results) -> Caution:
    (caution,) = results.cautions
    assert caution.part == "freshness"
    assert caution.sentence.startswith("Freshness: ")
    return caution


def test_a_run_that_nothing_is_wrong_with_is_valid(tmp_path: Path) -> None:
    results = judged(tmp_path, FreshTruth(**SHORT))
    assert (results.state, results.cautions) == (State.VALID, ())


def test_failed_writes_are_doubted(tmp_path: Path) -> None:
    caution = only(judged(tmp_path, FreshTruth(**SHORT, failed_writes=2)))
    assert (caution.code, caution.severity, caution.figure) == ("write-failures", State.DOUBTFUL, 2.0)
    assert "in 2 of 2 cells" in caution.sentence


def test_a_warm_up_shorter_than_a_lifetime_is_doubted(tmp_path: Path) -> None:
    caution = only(judged(tmp_path, FreshTruth(**SHORT, warm_up_ttls=0.8)))
    assert (caution.code, caution.threshold) == ("short-warm-up", 1.0)
    assert caution.figure is not None and caution.figure < 1.0


@pytest.mark.parametrize(("legs", "doubted"), [(1, True), (2, False)])
def test_legs_that_see_hardly_an_entry_expire_are_doubted(tmp_path: Path, legs: int, doubted: bool) -> None:
    truth = FreshTruth(ttls_s=(8.0,), write_rates_rps=(8.0,), policies=("none",), legs=legs)
    assert [caution.code for caution in judged(tmp_path, truth).cautions] == ["few-lifetimes"] * doubted


@pytest.mark.parametrize(("slow_ms", "doubted"), [(110, True), (90, False)])
def test_answers_that_take_a_good_part_of_a_lifetime_are_doubted(
    tmp_path: Path, slow_ms: int, doubted: bool
) -> None:
    def slow_down(rows: pd.DataFrame) -> pd.DataFrame:
        slow = (rows["operation"] == "user") & (rows.index % 50 == 0)
        return rows.assign(done_ns=rows["done_ns"].mask(slow, rows["done_ns"] + slow_ms * 1_000_000))

    results = judged(tmp_path, FreshTruth(**SHORT), rows=slow_down)
    assert [caution.code for caution in results.cautions] == ["slow-answers"] * doubted


def test_clocks_that_disagree_throw_the_run_away(tmp_path: Path) -> None:
    results = judged(tmp_path, FreshTruth(**SHORT, writer_behind_ns=2_000_000_000))
    assert results.state is State.INVALID
    assert results.headline.startswith("No verdict")
    assert only(results).code == "clocks"


def test_versions_that_nobody_tells_are_doubted(tmp_path: Path) -> None:
    assert only(judged(tmp_path, FreshTruth(**SHORT, versions=False))).code == "untold-versions"


def test_a_write_that_has_no_sample_costs_the_leg(tmp_path: Path) -> None:
    def lose(rows: pd.DataFrame) -> pd.DataFrame:
        written = rows.index[(rows["operation"] == "write") & (rows["block"] == 1)]
        return rows.drop(index=written[:1])

    results = judged(tmp_path, FreshTruth(**SHORT), rows=lose)
    caution = only(results)
    assert (caution.code, caution.severity) == ("blocks-left-out", State.DOUBTFUL)
    assert "writes were sent, but only" in caution.sentence
    assert results.freshness[0].cells[0].hit_ratio.measured.blocks == 2


def test_a_deletion_that_no_write_made_costs_the_leg(tmp_path: Path) -> None:
    results = judged(tmp_path, FreshTruth(**SHORT, foreign_deletions=1))
    assert "1 DEL" in only(results).sentence


def test_a_witness_that_disagrees_throws_the_run_away(tmp_path: Path) -> None:
    folder = write_freshness(tmp_path / "run", FreshTruth(**SHORT))

    def miscount(entry: dict[str, object]) -> None:
        entry["legs"][2]["counters"]["postgresql"]["calls"] += 1  # type: ignore[index]

    results = changed.found(folder, entry=miscount)
    assert results.state is State.INVALID
    assert "conservation" in [caution.code for caution in results.cautions]


def test_a_run_that_ended_before_its_first_cell_says_so(tmp_path: Path) -> None:
    folder = write_freshness(tmp_path / "run", FreshTruth(**SHORT))

    def end_early(entry: dict[str, object]) -> None:
        for cell in entry["freshness"][0]["cells"]:  # type: ignore[index]
            cell["legs"] = []

    results = changed.found(folder, entry=end_early)
    assert "arm-missing" in [caution.code for caution in results.cautions]
    assert results.state is State.INVALID


def test_a_run_of_another_kind_has_no_such_cautions(tmp_path: Path) -> None:
    results = analyse(read_run(write_run(tmp_path / "run", blocks=2, requests=30)))
    assert results.freshness == ()
