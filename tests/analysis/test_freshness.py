import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analysis.freshness import Freshness, FreshnessCell, measure_freshness
from analysis.prediction import ttl
from analysis.prediction.popularity import zipf
from analysis.results import analyse
from analysis.run import read_run
from tests.analysis.synthetic_freshness import FreshTruth, write_freshness

SMALL = FreshTruth(ttls_s=(1.0,), write_rates_rps=(8.0,))


def found_in(folder: Path, truth: FreshTruth) -> Freshness:
    (found,) = measure_freshness(read_run(write_freshness(folder, truth)))
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_freshness(tmp_path_factory.mktemp("freshness") / "run")


@pytest.fixture(scope="module")
def found(folder: Path) -> Freshness:
    return measure_freshness(read_run(folder))[0]


def cell_of(found: Freshness, policy: str, ttl_s: float, write_rate_rps: float) -> FreshnessCell:
    setting = (policy, ttl_s, write_rate_rps)
    return next(each for each in found.cells if (each.policy, each.ttl_s, each.write_rate_rps) == setting)


def test_every_cell_has_its_hits_and_its_stale_answers_over_the_legs(found: Freshness) -> None:
    assert [(cell.policy, cell.ttl_s, cell.write_rate_rps) for cell in found.cells] == FreshTruth().cells()
    for cell in found.cells:
        assert cell.hit_ratio.measured.blocks == cell.stale_ratio.measured.blocks == 3
        assert cell.hit_ratio.measured.count == cell.stale_ratio.measured.count == cell.requests
        assert cell.measured_s == pytest.approx(18.0)


def test_a_server_that_keeps_to_its_rules_is_where_it_was_predicted(found: Freshness) -> None:
    for cell in found.cells:
        assert cell.hit_ratio.residual == pytest.approx(0.0, abs=0.015)
        assert cell.hit_ratio.replayed == pytest.approx(cell.hit_ratio.measured.value, abs=0.01)
        # Few hot keys and few writes to them: what chance leaves of the share is the replay's too.
        assert cell.stale_ratio.replayed == pytest.approx(cell.stale_ratio.measured.value, abs=0.03)


def test_the_law_is_that_of_the_rates_over_the_whole_time(found: Freshness) -> None:
    cell = cell_of(found, "none", 1.0, 0.0)
    rate_rps = cell.requests / (18.0 + 2 * 0.2)  # three legs, and two pauses
    known = ttl.hit_ratio(zipf(200, 0.9), rate_rps=rate_rps, ttl_s=1.0)
    assert cell.hit_ratio.predicted == pytest.approx(known)
    assert cell.reads_rps == pytest.approx(cell.requests / 18.0)


def test_database_calls_are_misses_and_writes_apart(found: Freshness) -> None:
    for cell in found.cells:
        assert cell.hit_ratio.measured.value is not None and cell.hit_ratio.predicted is not None
        misses_rps = cell.reads_rps * (1 - cell.hit_ratio.measured.value)
        assert cell.database_rps.measured.value == pytest.approx(misses_rps, rel=0.01)
        assert cell.database_rps.predicted == pytest.approx(cell.reads_rps * (1 - cell.hit_ratio.predicted))
        assert cell.database_writes_rps.measured.value == pytest.approx(cell.writes / 18.0)


def test_ages_are_bounded_by_the_lifetime_and_predicted(found: Freshness) -> None:
    cell = cell_of(found, "none", 5.0, 8.0)
    assert cell.ages.longest.value is not None and cell.ages.p50.value is not None
    assert cell.ages.p50.value < (cell.ages.p99.value or 0.0) < cell.ages.longest.value < 5.5 + 0.001
    assert cell.ages.predicted_p50_s == pytest.approx(cell.ages.p50.value, rel=0.25)
    assert cell.ages.p50.count == cell.stale


def test_without_writes_nothing_is_stale_and_has_no_age(found: Freshness) -> None:
    cell = cell_of(found, "none", 1.0, 0.0)
    assert (cell.stale_ratio.measured.value, cell.stale_ratio.predicted, cell.stale) == (0.0, 0.0, 0)
    assert cell.ages.p50.note == "no answer was stale"
    assert cell.ages.predicted_p50_s is None


def test_an_age_without_enough_stale_answers_is_refused(tmp_path: Path) -> None:
    rare = FreshTruth(ttls_s=(1.0,), write_rates_rps=(4.0,), policies=("none",), keys=2_000)
    (cell,) = found_in(tmp_path / "run", rare).cells
    assert 0 < cell.stale < 368
    assert (cell.ages.p99.value, cell.ages.p99.note) == (None, "needs 368 stale answers")


def test_answers_that_are_stale_although_writes_delete_are_counted(tmp_path: Path) -> None:
    raced, clean = (
        found_in(tmp_path / str(races), FreshTruth(ttls_s=(5.0,), write_rates_rps=(8.0,), races=races)).cells[-1]
        for races in (4, 0)
    )
    assert (clean.policy, clean.stale, clean.stale_entries) == ("invalidate", 0, 0)
    assert raced.stale > 0
    assert 0 < raced.stale_entries <= 12
    assert raced.impossible == 0


def test_clocks_that_disagree_bring_answers_from_the_future(tmp_path: Path) -> None:
    ahead = FreshTruth(ttls_s=(1.0,), write_rates_rps=(40.0,), policies=("none",), writer_behind_ns=-3_000_000_000)
    assert found_in(tmp_path / "ahead", ahead).cells[0].impossible > 0
    behind = FreshTruth(ttls_s=(1.0,), write_rates_rps=(40.0,), policies=("none",), writer_behind_ns=3_000_000_000)
    assert found_in(tmp_path / "behind", behind).cells[0].impossible > 0


def test_a_server_that_keeps_too_long_is_told_from_the_traffic(tmp_path: Path) -> None:
    keeps = FreshTruth(ttls_s=(1.0,), write_rates_rps=(8.0,), policies=("none",), keeps_ratio=2.0)
    (cell,) = found_in(tmp_path / "run", keeps).cells
    assert cell.hit_ratio.residual is not None and cell.hit_ratio.residual > 0.05
    assert cell.hit_ratio.replayed == pytest.approx(cell.hit_ratio.predicted, abs=0.02)


def test_a_trace_has_no_law_and_is_replayed(tmp_path: Path) -> None:
    found = found_in(tmp_path / "run", FreshTruth(ttls_s=(1.0,), write_rates_rps=(8.0,), of_trace=True))
    assert found.of_trace and found.law == ()
    for cell in found.cells:
        assert cell.hit_ratio.predicted is cell.hit_ratio.residual is cell.stale_ratio.predicted is None
        assert cell.hit_ratio.replayed == pytest.approx(cell.hit_ratio.measured.value, abs=0.01)


def test_versions_that_nobody_tells_leave_staleness_unknown(tmp_path: Path) -> None:
    untold = FreshTruth(ttls_s=(1.0,), write_rates_rps=(8.0,), policies=("none",), versions=False)
    (cell,) = found_in(tmp_path / "run", untold).cells
    assert (cell.stale_ratio.measured.value, cell.stale_ratio.residual, cell.under_way_ratio) == (None, None, None)
    assert cell.hit_ratio.measured.value is not None


def test_the_law_is_drawn_out_through_every_time_to_live(found: Freshness) -> None:
    lines = {(point.policy, point.write_rate_rps) for point in found.law}
    assert lines == {("none", 0.0), ("none", 8.0), ("invalidate", 8.0)}
    left = [point for point in found.law if (point.policy, point.write_rate_rps) == ("none", 8.0)]
    assert (left[0].ttl_s, left[-1].ttl_s) == (1.0, 5.0)
    assert all(np.diff([point.hit_ratio for point in left]) > 0)
    assert all(np.diff([point.stale_ratio for point in left]) > 0)
    assert all(point.database_rps == pytest.approx(200.0 * (1 - point.hit_ratio)) for point in left)


def test_a_leg_that_is_left_out_has_no_part_in_its_cell(tmp_path: Path) -> None:
    run = read_run(write_freshness(tmp_path / "run", SMALL))
    (whole, *_), (rest, *_) = measure_freshness(run)[0].cells, measure_freshness(run, {("user", 0)})[0].cells
    assert (whole.hit_ratio.measured.blocks, rest.hit_ratio.measured.blocks) == (3, 2)
    assert rest.requests < whole.requests
    assert rest.hit_ratio.predicted == whole.hit_ratio.predicted


def test_every_cell_is_in_the_results_with_what_was_predicted(folder: Path) -> None:
    entry: dict[str, Any] = analyse(read_run(folder)).to_json()
    json.dumps(entry, allow_nan=False)
    (found,) = entry["freshness"]
    assert len(found["cells"]) == 6
    for cell in found["cells"]:
        for name in ("hit_ratio", "stale_ratio", "database_rps"):
            figure = cell[name]
            assert figure["residual"] == pytest.approx(figure["measured"]["value"] - figure["predicted"])
    assert found["sentence"] == entry["headline"]
