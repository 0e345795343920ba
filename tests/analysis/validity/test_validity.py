"""Every caution is caused by a run that deserves it; a good run has none."""

from pathlib import Path

import pandas as pd
import pytest

from analysis.cautions import State
from tests.analysis.changed import Rows, found, only
from tests.analysis.synthetic import THREE_READS, write_run


def test_a_good_run_has_no_caution(tmp_path: Path) -> None:
    results = found(write_run(tmp_path / "run", THREE_READS))
    assert results.cautions == ()
    assert results.state is State.VALID


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


def test_dropped_requests_are_named(tmp_path: Path) -> None:
    caution = only(found(write_run(tmp_path / "run"), rows=failing(0.005, "dropped")), "dropped")
    assert caution.severity is State.DOUBTFUL
    assert caution.figure == 40


@pytest.mark.parametrize(("outcome", "code"), [("bypass", "bypassed"), ("unknown", "untold")])
def test_a_cached_arm_without_its_cache_is_doubtful(tmp_path: Path, outcome: str, code: str) -> None:
    def pass_by(rows: pd.DataFrame) -> pd.DataFrame:
        missed = rows.index[(rows["outcome"] == "miss") & (rows["block"] == 2)]
        rows.loc[missed[:9], "outcome"] = outcome
        return rows

    caution = only(found(write_run(tmp_path / "run"), rows=pass_by), code)
    assert caution.severity is State.DOUBTFUL
    assert caution.figure == 9


def test_samples_that_are_not_there_make_the_run_invalid(tmp_path: Path) -> None:
    def lose(rows: pd.DataFrame) -> pd.DataFrame:
        return rows.drop(rows[(rows["block"] == 4) & (rows["arm"] == "uncached")].index[:3])

    caution = only(found(write_run(tmp_path / "run"), rows=lose), "samples-lost")
    assert caution.severity is State.INVALID
    assert (caution.figure, caution.threshold) == (497.0, 500.0)


def test_an_arm_that_falls_behind_its_schedule_is_doubtful(tmp_path: Path) -> None:
    def stall(rows: pd.DataFrame) -> pd.DataFrame:
        late = rows["arm"] == "uncached"
        rows.loc[late, "done_ns"] += 200_000_000
        return rows

    caution = only(found(write_run(tmp_path / "run"), rows=stall), "rate-missed")
    assert caution.severity is State.DOUBTFUL
    assert caution.sentence.startswith("The uncached arm")
    assert (caution.figure or 1) < 0.95


def test_requests_that_left_late_are_doubtful(tmp_path: Path) -> None:
    results = found(write_run(tmp_path / "run", lag_ms=3.0))
    cautions = {caution.sentence.split()[3]: caution for caution in results.cautions if caution.code == "lag"}
    assert set(cautions) == {"cached", "uncached"}
    (read,) = results.reads
    for arm, caution in cautions.items():
        tail_s = read.response_time[arm]["p99"].value
        assert tail_s is not None
        assert caution.figure == pytest.approx(0.003, rel=0.05)
        assert caution.threshold == pytest.approx(max(0.001, 0.1 * tail_s))


def test_a_tenth_of_the_tail_is_let_pass(tmp_path: Path) -> None:
    slow = write_run(tmp_path / "run", hit_ms=40.0, uncached_ms=60.0, rate_rps=25.0, lag_ms=3.0)
    assert found(slow).state is State.VALID


def test_a_warm_up_that_did_not_settle_is_doubtful(tmp_path: Path) -> None:
    assert only(found(write_run(tmp_path / "run", settled=False)), "not-settled").severity is State.DOUBTFUL


def test_a_hit_ratio_that_drifts_is_doubtful(tmp_path: Path) -> None:
    caution = only(found(write_run(tmp_path / "run", hit_ratio_drift=0.15)), "drift")
    assert (caution.figure or 0) > (caution.threshold or 1) == 0.05


def test_a_rate_near_capacity_is_doubtful(tmp_path: Path) -> None:
    caution = only(found(write_run(tmp_path / "run", capacity_rps=300.0)), "saturation")
    assert caution.figure == pytest.approx(250 / 300)
    assert "Offer at most 210 a second" in caution.advice


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
