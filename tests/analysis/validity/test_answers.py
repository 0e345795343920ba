from pathlib import Path

import pandas as pd
import pytest

from analysis.cautions import State
from tests.analysis.changed import Rows, found, only
from tests.analysis.synthetic import write_run


def failing(share: float, outcome: str = "timeout") -> Rows:
    def fail(rows: pd.DataFrame) -> pd.DataFrame:
        measured = rows[rows["phase"] == "measure"]
        chosen = measured.sample(max(1, int(share * len(measured))), random_state=1).index
        rows.loc[chosen, "outcome"] = outcome
        return rows

    return fail


def test_a_single_failure_is_doubtful(tmp_path: Path) -> None:
    caution = only(found(write_run(tmp_path / "run"), rows=failing(0.0)), "failures")
    assert caution.severity is State.DOUBTFUL
    assert "1 of 8,000 requests failed" in caution.sentence
    assert "1 timeout" in caution.sentence


def test_failures_above_a_hundredth_are_invalid(tmp_path: Path) -> None:
    caution = only(found(write_run(tmp_path / "run"), rows=failing(0.02)), "failures")
    assert caution.severity is State.INVALID
    assert caution.figure == pytest.approx(0.02)
    assert caution.threshold == 0.01


@pytest.mark.parametrize(("outcome", "code"), [("bypass", "bypassed"), ("unknown", "untold")])
def test_a_cached_arm_without_its_cache_is_doubtful(tmp_path: Path, outcome: str, code: str) -> None:
    def pass_by(rows: pd.DataFrame) -> pd.DataFrame:
        missed = rows.index[(rows["outcome"] == "miss") & (rows["block"] == 2)]
        rows.loc[missed[:9], "outcome"] = outcome
        return rows

    caution = only(found(write_run(tmp_path / "run"), rows=pass_by), code)
    assert caution.severity is State.DOUBTFUL
    assert caution.figure == 9


def test_a_failure_marks_its_block(tmp_path: Path) -> None:
    results = found(write_run(tmp_path / "run"), rows=failing(0.0))
    (marked,) = [verdict for verdict in results.block_verdicts if verdict.state is not State.VALID]
    assert marked.reasons == ("failures",)
    assert not marked.left_out
