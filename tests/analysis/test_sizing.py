import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.cautions import State
from analysis.prediction import lru
from analysis.prediction.popularity import zipf
from analysis.results import analyse
from analysis.run import read_run
from analysis.sizing import Sizing, measure_sizing
from analysis.sizing_sentence import explain_residuals
from tests.analysis.synthetic import read_rows
from tests.analysis.synthetic_sizing import MEASURED, SweepTruth, write_sweep


def swept(folder: Path, truth: SweepTruth) -> Sizing:
    (found,) = measure_sizing(read_run(write_sweep(folder, truth)))
    return found


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Sizing:
    return swept(tmp_path_factory.mktemp("sizing") / "run", SweepTruth())


def test_what_was_measured_is_hits_over_look_ups_over_the_legs(found: Sizing) -> None:
    assert [point.size_ratio for point in found.points] == [0.1, 0.25, 1.0]
    for point in found.points:
        assert point.measured.count == point.requests == MEASURED
        assert point.measured.blocks == 4
        assert point.measured.low is not None and point.measured.value is not None
        assert point.measured.low <= point.measured.value
    assert [point.entries_held for point in found.points] == [40, 100, 400]


def test_a_server_that_keeps_the_least_recently_used_is_where_it_was_predicted(found: Sizing) -> None:
    """Sampled LRU over many ticks of its clock is near exact LRU, which is what this server is."""
    for point in found.points:
        assert point.residual is not None
        assert abs(point.residual) < 0.03


def test_the_textbook_is_ches_formula_at_the_entries_held(found: Sizing) -> None:
    popularity = zipf(400, 0.8)
    for point, capacity in zip(found.points[:2], (40, 100), strict=True):
        assert point.forecast.textbook == pytest.approx(lru.hit_ratio(popularity, capacity))
    assert found.points[2].forecast.textbook == found.points[2].forecast.predicted == 1.0


def test_what_writes_delete_is_missed_in_the_prediction_too(tmp_path: Path) -> None:
    found = swept(tmp_path / "run", SweepTruth(write_ratio=0.2))
    for point in found.points:
        assert point.requests == pytest.approx(0.8 * MEASURED, rel=0.05)  # writes are no look-ups
        assert point.residual is not None
        assert abs(point.residual) < 0.03
        assert point.forecast.textbook is not None and point.measured.value is not None
        assert point.forecast.textbook - point.measured.value > 0.03
    assert found.points[2].forecast.predicted == pytest.approx(0.8, abs=0.03)

    (traced,) = swept(tmp_path / "traced", SweepTruth(sizes_ratio=(0.25,), of_trace=True, write_ratio=0.2)).points
    assert traced.residual is not None
    assert abs(traced.residual) < 0.02


def test_a_cold_cache_is_told_from_a_server_that_differs(tmp_path: Path) -> None:
    """Both are far from their prediction; replaying what was sent explains the one and not the other."""
    (cold,) = swept(tmp_path / "cold", SweepTruth(sizes_ratio=(1.0,), cold=True)).points
    assert cold.residual is not None and cold.forecast.replayed is not None and cold.measured.value is not None
    assert cold.residual < -0.05
    assert cold.forecast.replayed == pytest.approx(cold.measured.value, abs=0.005)

    (other,) = swept(tmp_path / "other", SweepTruth(sizes_ratio=(0.1,), first_in=True)).points
    assert other.residual is not None and other.forecast.replayed is not None and other.measured.value is not None
    assert other.residual < -0.025
    assert other.forecast.replayed - other.measured.value > 0.025


def test_a_pass_over_a_trace_has_its_exact_curve_and_no_interval(tmp_path: Path) -> None:
    (point,) = swept(tmp_path / "run", SweepTruth(sizes_ratio=(0.25,), of_trace=True)).points
    assert point.measured.low is None
    # This server is an exact LRU, so that the trace's own curve is what it did, to the request.
    assert point.measured.value == pytest.approx(point.forecast.textbook, abs=1e-12)
    assert point.forecast.predicted == pytest.approx(point.measured.value, abs=0.03)
    assert point.forecast.replayed is None


def test_requests_that_never_reached_the_cache_are_not_replayed(tmp_path: Path) -> None:
    folder = write_sweep(tmp_path / "run", SweepTruth(sizes_ratio=(0.25,), of_trace=True))
    asked = read_rows(folder)
    # The reversed keys, between those that were asked for: an LRU that saw them would have other entries.
    lost = asked.assign(key=asked["key"].to_numpy()[::-1], outcome="dropped", intended_ns=asked["intended_ns"] + 1)
    lost["sent_ns"] = lost["done_ns"] = pd.array([None] * len(lost), dtype="Int64")
    pd.concat([asked, lost]).to_parquet(folder / "samples" / "worker-0.parquet")
    (point,) = measure_sizing(read_run(folder))[0].points
    assert point.measured.value == pytest.approx(point.forecast.textbook, abs=1e-12)
    assert point.requests == 2 * MEASURED


def test_misses_for_what_is_being_fetched_are_counted_and_named_as_the_cause(tmp_path: Path) -> None:
    folder = write_sweep(tmp_path / "run", SweepTruth(sizes_ratio=(1.0,), of_trace=True))
    rows = read_rows(folder).sort_values("sent_ns", ignore_index=True)
    assert measure_sizing(read_run(folder))[0].points[0].repeated_misses_ratio == 0.0
    # The second request for a key comes while the first is still unanswered, so that it is a miss too.
    turn = rows.groupby("key").cumcount()
    second = rows[turn == 1]
    first = rows[(turn == 0) & rows["key"].isin(second["key"])]
    rows.loc[second.index, "outcome"] = "miss"
    until_ns = first["key"].map(second.set_index("key")["sent_ns"]) + 1
    rows.loc[first.index, "done_ns"] = until_ns
    rows.to_parquet(folder / "samples" / "worker-0.parquet")
    (sweep,) = measure_sizing(read_run(folder))
    (point,) = sweep.points
    assert point.repeated_misses_ratio == len(second) / MEASURED
    assert point.residual is not None and point.residual < -0.05
    (sentence,) = explain_residuals(sweep)
    assert "missed a key that another request was just then fetching" in sentence


def test_a_slow_rate_predicts_more_hits_than_a_fast_one(tmp_path: Path) -> None:
    slow, fast = (
        swept(tmp_path / str(rate_rps), SweepTruth(sizes_ratio=(0.1,), rate_rps=rate_rps)).points[0]
        for rate_rps in (5.0, 5_000.0)
    )
    assert slow.forecast.predicted is not None and fast.forecast.predicted is not None
    assert slow.forecast.predicted - fast.forecast.predicted > 0.02
    assert slow.forecast.textbook == fast.forecast.textbook
    assert slow.forecast.turnover_s == pytest.approx(1_000 * (fast.forecast.turnover_s or 0.0))


def test_databases_and_evictions_are_told_by_the_second(found: Sizing) -> None:
    first, last = found.points[0], found.points[-1]
    assert first.database_rps.value == pytest.approx(5.0 * (1 - (first.measured.value or 0.0)), rel=0.01)
    assert first.evictions_rps.value == pytest.approx(first.database_rps.value, rel=0.01)
    assert last.evictions_rps.value == 0.0


def test_a_witness_that_disagrees_makes_the_run_invalid(tmp_path: Path) -> None:
    results = analyse(read_run(write_sweep(tmp_path / "run", SweepTruth(miscounted=2))))
    assert results.state is State.INVALID
    assert "conservation" in [caution.code for caution in results.cautions]


def test_an_unsettled_point_is_doubted_and_a_settled_sweep_is_valid(tmp_path: Path) -> None:
    cold = analyse(read_run(write_sweep(tmp_path / "cold", SweepTruth(sizes_ratio=(1.0,), cold=True))))
    assert [(caution.code, caution.severity) for caution in cold.cautions] == [("not-settled", State.DOUBTFUL)]
    warm = analyse(read_run(write_sweep(tmp_path / "warm", SweepTruth(sizes_ratio=(0.1,)))))
    assert warm.state is State.VALID


def test_every_point_is_in_the_results_with_its_residual(tmp_path: Path) -> None:
    entry = analyse(read_run(write_sweep(tmp_path / "run", SweepTruth()))).to_json()
    json.dumps(entry, allow_nan=False)
    for point in entry["sizing"][0]["points"]:
        assert point["residual"] == pytest.approx(point["measured"]["value"] - point["predicted"])
        assert np.isfinite(point["forecast"]["textbook"])


def test_a_leg_that_is_left_out_has_no_part_in_its_point(tmp_path: Path) -> None:
    run = read_run(write_sweep(tmp_path / "run", SweepTruth(sizes_ratio=(0.1,))))
    (whole,), (rest,) = measure_sizing(run)[0].points, measure_sizing(run, {("user", 0)})[0].points
    assert (whole.measured.blocks, rest.measured.blocks) == (4, 3)


def test_policies_without_a_ttl_to_go_by_are_not_predicted(tmp_path: Path) -> None:
    run = read_run(write_sweep(tmp_path / "run", SweepTruth(sizes_ratio=(0.1,))))
    (plan,) = run.manifest.sizing
    points = tuple(replace(point, policy="volatile-ttl") for point in plan.points)
    changed = replace(run, manifest=replace(run.manifest, sizing=(replace(plan, points=points),)))
    assert measure_sizing(changed)[0].points[0].residual is None
