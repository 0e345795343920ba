"""A run of one size, judged by goals."""

from pathlib import Path

import pandas as pd
import pytest

from analysis.errors import RunError
from analysis.size.confirmation import Confirmation, confirm
from analysis.size.goal import parse_goal
from analysis.size.outlook import Outlook
from tests.analysis.synthetic_sizing import MEASURED, SweepTruth, write_sweep

ONE_SIZE = SweepTruth(sizes_ratio=(0.25,), of_trace=True)
OUTLOOK = Outlook(rate_rps=5.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sweep(tmp_path_factory.mktemp("confirmation") / "run", ONE_SIZE)


def judged(folder: Path, *goals: str, predicted: float = 0.6) -> Confirmation:
    return confirm(folder, [parse_goal(goal) for goal in goals], OUTLOOK, predicted=predicted)


def test_what_was_measured_stands_beside_what_was_predicted(folder: Path) -> None:
    found = judged(folder, "hit_ratio>=0.1", predicted=0.6)
    samples = pd.read_parquet(folder / "samples" / "worker-0.parquet")
    measured = (samples["outcome"] == "hit").mean()
    assert found.measured == pytest.approx(measured)
    assert (found.goals[0].predicted, found.goals[0].measured) == (0.6, pytest.approx(measured))
    assert (found.requests, found.unanswered, found.entries_held) == (MEASURED, 0, 100)


@pytest.mark.parametrize(
    ("goal", "held"),
    [
        ("hit_ratio>=0.1", True),
        ("hit_ratio>=0.95", False),
        ("db_rps<5", True),
        ("db_rps<0.5", False),
        ("p99<1ms", True),
        ("p99<0.5ms", False),
        ("p50<0.5ms", True),
        ("mean<0.3ms", False),
        ("cost<5", False),  # without a price nothing is known of it
    ],
)
def test_each_goal_is_held_to_what_was_measured(folder: Path, goal: str, held: bool) -> None:
    found = judged(folder, goal)
    assert found.held is held
    assert judged(folder, goal, "hit_ratio>=0.1").held is held


def test_traffic_that_was_dropped_confirms_nothing(tmp_path: Path) -> None:
    folder = write_sweep(tmp_path / "run", ONE_SIZE)
    file = folder / "samples" / "worker-0.parquet"
    samples = pd.read_parquet(file)
    samples.loc[samples.index[:100], "outcome"] = "dropped"
    samples.to_parquet(file)
    found = judged(folder, "hit_ratio>=0.1")
    assert found.unanswered == 100
    assert found.overloaded
    assert not found.held


def test_a_run_of_several_sizes_is_not_taken_for_one(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="measured 3 sizes"):
        judged(write_sweep(tmp_path / "run"), "hit_ratio>=0.1")
