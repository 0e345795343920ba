from pathlib import Path

import pytest

from analysis.charts.freshness_frame import CELL, COLUMNS, LAW, REPLAY, freshness_frame
from analysis.freshness import measure_freshness
from analysis.run import read_run
from tests.analysis.synthetic_freshness import FreshTruth, write_freshness


def test_cells_and_the_law_between_them_are_rows(tmp_path: Path) -> None:
    (found,) = measure_freshness(read_run(write_freshness(tmp_path / "run")))
    frame = freshness_frame(found)
    assert tuple(frame.columns) == COLUMNS
    assert frame["kind"].value_counts().to_dict() == {LAW: len(found.law), CELL: 6}
    cells = frame[frame["kind"] == CELL]
    assert cells["hit_residual_ratio"].tolist() == pytest.approx([cell.hit_ratio.residual for cell in found.cells])
    assert (cells["stale_low_ratio"] <= cells["stale_ratio"]).all()
    assert frame.loc[frame["kind"] == LAW, "database_low_rps"].isna().all()


def test_of_a_trace_the_replay_stands_for_the_law(tmp_path: Path) -> None:
    truth = FreshTruth(ttls_s=(1.0,), write_rates_rps=(8.0,), of_trace=True)
    (found,) = measure_freshness(read_run(write_freshness(tmp_path / "run", truth)))
    frame = freshness_frame(found)
    assert frame["kind"].tolist() == [CELL, CELL, REPLAY, REPLAY]
    assert frame["stale_ratio"].iloc[2] == found.cells[0].stale_ratio.replayed
