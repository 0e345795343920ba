from pathlib import Path

import pandas as pd
import pytest

from analysis.reads import ReadResult
from analysis.results import Results, analyse
from analysis.run import read_run
from tests.analysis.synthetic import Truth, read_rows, write_run, write_samples

TRUTH = Truth(requests=1_500, rate_rps=500.0, capacity_rps=1_000.0)


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> ReadResult:
    folder = write_run(tmp_path_factory.mktemp("reads") / "run", [TRUTH])
    return analyse(read_run(folder)).reads[0]


def test_the_speed_up_is_the_true_one(read: ReadResult) -> None:
    assert read.speed_up.mean.value == pytest.approx(TRUTH.speed_up, rel=0.05)
    low, high = read.speed_up.mean.bounds or (0.0, 0.0)
    # Lag is in both arms and brings the ratio nearer to 1 by less than a hundredth.
    assert low * 0.99 <= TRUTH.speed_up <= high * 1.02
    assert high / low < 1.2


def test_hits_and_misses_are_told_apart(read: ReadResult) -> None:
    lag_s = TRUTH.lag_ms / 2e3
    for population, mean_ms in (("hit", TRUTH.hit_ms), ("uncached", TRUTH.uncached_ms)):
        assert read.response_time[population]["mean"].value == pytest.approx(mean_ms / 1e3 + lag_s, rel=0.05)
        assert read.service_time[population]["mean"].value == pytest.approx(mean_ms / 1e3, rel=0.05)
    assert read.speed_up.hit.value == pytest.approx(TRUTH.uncached_ms / TRUTH.hit_ms, rel=0.08)
    assert (read.speed_up.miss.value or 9) < 1


def test_the_hit_ratio_is_the_true_one(read: ReadResult) -> None:
    assert read.hit_ratio.value == pytest.approx(TRUTH.hit_ratio, abs=0.02)
    assert read.hit_ratio.count == 8 * TRUTH.requests
    assert read.hit_ratio.unit == "ratio"


def test_the_database_is_counted_by_its_own_counters(read: ReadResult) -> None:
    database = read.database
    assert database.price_s.value == pytest.approx(TRUTH.call_ms / 1e3)
    assert database.calls_per_request["uncached"].value == pytest.approx(1.0)
    assert database.calls_per_request["cached"].value == pytest.approx(1 - TRUTH.hit_ratio, abs=0.02)
    assert database.calls_saved_ratio.value == pytest.approx(TRUTH.hit_ratio, abs=0.02)
    assert database.calls_saved_rps.value == pytest.approx(TRUTH.hit_ratio * TRUTH.rate_rps, rel=0.06)
    assert database.time_saved_ratio.value == pytest.approx(TRUTH.hit_ratio, abs=0.02)


def test_processor_time_is_by_role_and_unknown_stays_unknown(read: ReadResult) -> None:
    assert read.cpu_per_request_s["redis"]["cached"].value == pytest.approx(2e-5)
    assert read.cpu_per_request_s["user-service"]["cached"].value == 0.0
    assert read.cpu_per_request_s["host"]["cached"].value is None


def test_rates_errors_lag_and_outcomes_are_told(read: ReadResult) -> None:
    assert read.offered_rps == TRUTH.rate_rps
    assert read.achieved_rps["uncached"].value == pytest.approx(TRUTH.rate_rps, rel=0.05)
    assert read.error_ratio["cached"].value == 0.0
    assert read.lag["cached"].p99_s == pytest.approx(TRUTH.lag_ms / 1e3, rel=0.05)
    assert read.requests["uncached"] == {"bypass": 8 * TRUTH.requests}
    assert set(read.requests["cached"]) == {"hit", "miss"}


def test_a_quantile_is_refused_below_its_sample_count(tmp_path: Path) -> None:
    read = analyse(read_run(write_run(tmp_path / "run", requests=210))).reads[0]
    refused = read.response_time["uncached"]["p99"]
    assert refused.value is None
    assert refused.note == "needs 368 samples a block; the smallest has 210"
    assert read.response_time["uncached"]["p95"].value is not None
    assert read.speed_up.p99.value is None


def with_failures(folder: Path, blocks: list[int]) -> Results:
    """Fail one uncached request in each of these blocks."""
    rows = read_rows(folder).astype({"outcome": str})
    for block in blocks:
        chosen = rows[(rows["block"] == block) & (rows["arm"] == "uncached")].index[0]
        rows.loc[chosen, "outcome"] = "timeout"
        rows.loc[chosen, "done_ns"] = pd.NA
    write_samples(folder, rows)
    return analyse(read_run(folder))


def test_a_failure_counts_against_its_arm_and_the_note_says_how(tmp_path: Path) -> None:
    before = analyse(read_run(write_run(tmp_path / "run"))).reads[0]
    read = with_failures(tmp_path / "run", [3]).reads[0]
    mean = read.response_time["uncached"]["mean"]
    assert mean.blocks == 8
    assert (mean.value or 0.0) > (before.response_time["uncached"]["mean"].value or 0.0)
    assert (mean.note or "").startswith("1 failed; each is counted as slow as the slowest answer of the run")
    assert read.speed_up.mean.note == mean.note
    assert read.response_time["uncached"]["p50"].note is None
    assert read.response_time["cached"]["mean"].note is None
    assert read.error_ratio["uncached"].value == pytest.approx(1 / 4_000)


def test_failures_in_every_block_leave_a_headline_that_says_so(tmp_path: Path) -> None:
    read = with_failures(write_run(tmp_path / "run"), list(range(8))).reads[0]
    assert read.speed_up.mean.bounds is not None
    assert (read.speed_up.mean.note or "").startswith("8 failed")


def test_a_quantile_that_failures_reach_stays_unknown(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", requests=100)
    rows = read_rows(folder).astype({"outcome": str})
    uncached = rows[(rows["phase"] == "measure") & (rows["arm"] == "uncached")]
    failing = uncached.groupby("block").head(10).index
    rows.loc[failing, "outcome"] = "reset"
    write_samples(folder, rows)
    times = analyse(read_run(folder)).reads[0].response_time["uncached"]
    assert times["p95"].value is None
    assert times["p95"].note == "a failure ranks as infinitely slow"
    assert times["p50"].value is not None


def test_what_was_never_sent_is_infinitely_late(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", blocks=2, requests=100)
    rows = read_rows(folder).astype({"outcome": str})
    dropped = rows[(rows["phase"] == "measure") & (rows["arm"] == "cached")].index[:10]
    rows.loc[dropped, ["outcome", "sent_ns", "done_ns"]] = ["dropped", pd.NA, pd.NA]
    write_samples(folder, rows)
    lag = analyse(read_run(folder)).reads[0].lag
    assert lag["cached"].p99_s is None
    assert lag["cached"].p50_s is not None
    assert lag["uncached"].p99_s is not None


def test_each_speed_up_has_a_second_opinion_of_the_same_blocks(read: ReadResult) -> None:
    assert read.second_opinion["mean"].sign_flip_p == pytest.approx(2 / 2**8)
    assert read.second_opinion["mean"].blocks == read.speed_up.mean.blocks
    assert read.second_opinion["p999"].sign_flip_p is None
