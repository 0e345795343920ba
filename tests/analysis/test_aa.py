import math
from pathlib import Path

import pandas as pd
import pytest
from scipy import stats

from analysis.aa import Aa, check_aa, clopper_pearson, measure_aa
from analysis.results import analyse
from analysis.run import read_run
from tests.analysis.synthetic import write_run
from tests.analysis.synthetic_self_test import add_aa, write_bare_run


def against_itself(folder: Path, **changes: float) -> Aa:
    found = measure_aa(read_run(add_aa(write_bare_run(folder, "aa"), **changes)))
    assert found is not None
    return found


@pytest.fixture(scope="module")
def aa(tmp_path_factory: pytest.TempPathFactory) -> Aa:
    return against_itself(tmp_path_factory.mktemp("aa") / "run", repetitions=60)


def test_a_lab_without_bias_sees_a_difference_in_one_of_twenty(aa: Aa) -> None:
    mean = aa.statistics["mean"]
    assert mean.intervals == 60
    assert mean.held >= 53
    assert mean.coverage_ratio.value == mean.held / 60
    assert mean.false_positive_ratio.value == pytest.approx(1 - mean.held / 60)
    assert (mean.sign_flip_false_positive_ratio.value or 0.0) <= 7 / 60
    assert not list(check_aa(aa))


def test_each_repetition_is_a_comparison_of_its_own_blocks(aa: Aa) -> None:
    repetitions = aa.statistics["p95"].repetitions
    assert [each.repetition for each in repetitions] == list(range(60))
    assert {each.ratio.blocks for each in repetitions} == {8}
    assert {each.ratio.count for each in repetitions} == {2 * 8 * 400}


def test_a_quantile_that_a_block_cannot_bound_is_refused(aa: Aa) -> None:
    refused = aa.statistics["p999"]
    assert refused.intervals == refused.held == 0
    assert refused.coverage_ratio.value is None
    assert refused.coverage_ratio.note == "needs 3,688 samples a block"
    assert aa.statistics["p99"].intervals == 60


def test_a_lab_that_favours_an_arm_is_found_out(tmp_path: Path) -> None:
    biased = against_itself(tmp_path / "run", repetitions=10, bias_us=60.0)
    assert biased.statistics["mean"].held == 0
    assert biased.statistics["mean"].sign_flip_false_positive_ratio.value == 1.0
    (caution,) = check_aa(biased)
    assert caution.code == "false-positives"
    assert caution.threshold == 0.95
    assert caution.figure == 0.0


def test_the_headline_of_a_run_against_itself_is_its_false_positive_rate(tmp_path: Path) -> None:
    results = analyse(read_run(add_aa(write_bare_run(tmp_path / "run", "aa"), repetitions=10)))
    assert results.state == "valid"
    held = results.aa.statistics["mean"].held if results.aa else 0
    assert results.headline.startswith("With both arms the same (GET /user/<name>, uncached), ")
    assert f"{held} of 10 intervals of the mean held 1" in results.headline


def test_too_few_blocks_for_the_sign_flip_test_are_said_to_be(tmp_path: Path) -> None:
    short = against_itself(tmp_path / "run", repetitions=3, blocks=4).statistics["mean"]
    assert short.intervals == 3
    assert short.sign_flip_false_positive_ratio.value is None
    assert "never rejects" in (short.sign_flip_false_positive_ratio.note or "")


def test_a_repetition_that_was_cut_off_has_no_interval_and_does_not_count(tmp_path: Path) -> None:
    folder = add_aa(write_bare_run(tmp_path / "run", "aa"), repetitions=4)
    file = folder / "samples" / "aa-0.parquet"
    pd.read_parquet(file).query("block < 24").to_parquet(file)
    cut = measure_aa(read_run(folder))
    assert cut is not None
    assert cut.statistics["mean"].intervals == 3
    assert cut.statistics["mean"].repetitions[3].holds_one is None


def test_a_comparison_is_not_a_run_against_itself(tmp_path: Path) -> None:
    assert analyse(read_run(write_run(tmp_path / "run", blocks=2, requests=50))).aa is None


@pytest.mark.parametrize(("hits", "trials"), [(0, 20), (19, 20), (20, 20), (37, 40)])
def test_the_interval_of_a_share_is_scipys_exact_one(hits: int, trials: int) -> None:
    found = clopper_pearson(hits, trials)
    expected = stats.binomtest(hits, trials).proportion_ci(0.95, method="exact")
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert found.value == hits / trials
    assert math.isfinite(found.low or 0.0)
