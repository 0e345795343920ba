from pathlib import Path

import pandas as pd
import pytest

from analysis.calibration import Calibration, measure_calibration, resolution
from analysis.estimates import Estimate
from analysis.results import Results, analyse
from analysis.run import read_run
from analysis.verdict import Word
from tests.analysis.synthetic import POINT_READ, write_run
from tests.analysis.synthetic_self_test import add_calibration, write_bare_run


def calibrated(folder: Path, **truth: float) -> Calibration:
    found = measure_calibration(read_run(add_calibration(write_bare_run(folder, "calibrate"), **truth)))
    assert found is not None
    return found


def test_the_floor_and_the_lag_are_the_true_ones(tmp_path: Path) -> None:
    found = calibrated(tmp_path / "run", mean_us=80.0, lag_us=40.0)
    assert found.floor_p50_s.value == pytest.approx(77e-6, rel=0.05)
    assert found.floor_p99_s.value == pytest.approx(160e-6, rel=0.05)
    assert found.lag_p50_s.value == pytest.approx(20e-6, rel=0.05)
    assert found.lag_p99_s.value == pytest.approx(39.6e-6, rel=0.05)
    assert (found.rate_rps, found.connections, found.blocks, found.requests) == (1_000.0, 8, 6, 24_000)


def test_what_is_not_distinguishable_is_the_farther_end_of_a_difference_that_is_truly_nothing(
    tmp_path: Path,
) -> None:
    found = calibrated(tmp_path / "run")
    low, high = found.difference_s.bounds or (0.0, 0.0)
    value = found.difference_s.value or 0.0
    assert low < 0 < high
    assert found.resolution_s == max(-low, high)
    assert found.resolution_s == pytest.approx(abs(value) + (high - low) / 2)
    assert found.sentence == f"Differences under {found.resolution_s * 1e6:.2f} µs are not distinguishable here."


def test_an_arm_that_the_lab_itself_slows_makes_the_lab_blinder(tmp_path: Path) -> None:
    fair, biased = calibrated(tmp_path / "fair"), calibrated(tmp_path / "biased", bias_us=30.0)
    assert fair.resolution_s is not None
    assert biased.resolution_s is not None
    assert fair.resolution_s < 5e-6
    assert biased.resolution_s > 30e-6


def test_what_the_blocks_share_does_not_blind_it(tmp_path: Path) -> None:
    steady, drifting = (calibrated(tmp_path / str(noise), block_noise=noise) for noise in (0.0, 0.3))
    assert drifting.resolution_s == pytest.approx(steady.resolution_s or 0.0, rel=1.0)
    assert (drifting.resolution_s or 1.0) < 5e-6


def test_one_block_resolves_nothing() -> None:
    lone = Estimate(value=1e-6, low=None, high=None, unit="s", count=10, blocks=1)
    assert resolution(lone) is None


def test_a_calibration_of_one_block_says_that_it_is_too_short(tmp_path: Path) -> None:
    found = calibrated(tmp_path / "run", blocks=1)
    assert found.resolution_s is None
    assert "too few blocks" in found.sentence


def test_a_run_without_calibration_has_none(tmp_path: Path) -> None:
    assert analyse(read_run(write_run(tmp_path / "run", blocks=2, requests=50))).calibration is None


@pytest.fixture(scope="module")
def blinded(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """A run whose arms differ by 50 µs, in a lab that cannot tell 200 µs apart."""
    folder = write_run(tmp_path_factory.mktemp("blinded") / "run", [POINT_READ])
    return analyse(read_run(add_calibration(folder, bias_us=200.0)))


def test_an_effect_below_it_is_undecided_and_the_sentence_says_why(blinded: Results) -> None:
    verdict = blinded.verdicts["user"]
    assert verdict.word is Word.UNDECIDED
    assert "that is a difference of 50." in verdict.sentence
    assert "differences under 20" in verdict.sentence
    assert "are not distinguishable here" in verdict.sentence


def test_an_effect_above_it_is_judged_as_ever(tmp_path: Path) -> None:
    results = analyse(read_run(add_calibration(write_run(tmp_path / "run", [POINT_READ]))))
    assert results.verdicts["user"].word is Word.DOES_NOT_PAY


def test_calibrating_alone_is_a_valid_run_with_a_headline(tmp_path: Path) -> None:
    results = analyse(read_run(add_calibration(write_bare_run(tmp_path / "run", "calibrate"))))
    assert results.state == "valid"
    assert results.headline.startswith("Differences under ")


def test_the_samples_of_a_calibration_are_in_no_estimate_of_a_read(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", [POINT_READ])
    before = analyse(read_run(folder)).reads[0]
    after = analyse(read_run(add_calibration(folder))).reads[0]
    assert pd.Series(after.requests["cached"]).equals(pd.Series(before.requests["cached"]))
    assert after.response_time == before.response_time
