from pathlib import Path

import pandas as pd
import pytest

from analysis.cautions import State
from tests.analysis.changed import found, only
from tests.analysis.synthetic import write_run


def test_samples_that_are_not_there_make_the_run_invalid(tmp_path: Path) -> None:
    def lose(rows: pd.DataFrame) -> pd.DataFrame:
        return rows.drop(rows[(rows["block"] == 4) & (rows["arm"] == "uncached")].index[:3])

    caution = only(found(write_run(tmp_path / "run"), rows=lose), "samples-lost")
    assert caution.severity is State.INVALID
    assert (caution.figure, caution.threshold) == (497.0, 500.0)


@pytest.mark.parametrize("blocks", [1, 2, 5])
def test_few_blocks_are_doubtful_and_still_give_numbers(tmp_path: Path, blocks: int) -> None:
    results = found(write_run(tmp_path / "run", blocks=blocks))
    assert only(results, "few-blocks").figure == blocks
    assert results.state is State.DOUBTFUL
    speed_up = results.reads[0].speed_up.mean
    assert speed_up.value is not None
    assert (speed_up.bounds is None) == (blocks == 1)


def test_no_measured_sample_makes_the_run_invalid(tmp_path: Path) -> None:
    results = found(write_run(tmp_path / "run", blocks=0))
    assert only(results, "no-samples").severity is State.INVALID
    assert results.headline.startswith("No verdict: this run is not valid. The run holds no measured request.")


def test_an_arm_without_samples_makes_the_run_invalid(tmp_path: Path) -> None:
    def lose_an_arm(rows: pd.DataFrame) -> pd.DataFrame:
        return rows[rows["arm"] == "cached"]

    caution = only(found(write_run(tmp_path / "run"), rows=lose_an_arm), "arm-missing")
    assert "uncached arm" in caution.sentence
