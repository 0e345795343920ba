from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.errors import RunError
from analysis.samples import read_samples
from tests.analysis.synthetic import read_rows, write_run, write_samples


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_run(tmp_path / "run", blocks=2, requests=20)


def test_response_service_and_lag_count_from_where_they_say(folder: Path) -> None:
    samples = read_samples(folder)
    np.testing.assert_allclose(samples["response_s"], samples["service_s"] + samples["lag_s"])
    np.testing.assert_allclose(samples["done_s"], samples["intended_ns"] / 1e9 + samples["response_s"])


def test_whole_nanoseconds_survive_a_clock_that_started_long_ago(folder: Path) -> None:
    late_ns = 1_800_000_000_000_000_000
    rows = read_rows(folder)
    before = np.sort(read_samples(folder)["response_s"].to_numpy())
    write_samples(folder, rows.assign(**{name: rows[name] + late_ns for name in _CLOCKS}))
    np.testing.assert_array_equal(np.sort(read_samples(folder)["response_s"].to_numpy()), before)


@pytest.mark.parametrize("outcome", ["error", "timeout", "refused", "reset", "dropped"])
def test_a_failure_ranks_as_infinitely_slow(folder: Path, outcome: str) -> None:
    rows = read_rows(folder).astype({"outcome": str, "done_ns": "Int64", "sent_ns": "Int64"})
    rows.loc[0, "outcome"] = outcome
    if outcome != "error":
        rows.loc[0, "done_ns"] = pd.NA
    if outcome == "dropped":
        rows.loc[0, "sent_ns"] = pd.NA
    write_samples(folder, rows)
    samples = read_samples(folder)
    assert samples["failed"].sum() == 1
    failed = samples[samples["failed"]].iloc[0]
    assert np.isinf(failed["response_s"])
    assert np.isinf(failed["service_s"])
    assert np.isnan(failed["lag_s"]) == (outcome == "dropped")


def test_words_written_as_plain_text_are_read_too(folder: Path) -> None:
    before = read_samples(folder)
    rows = read_rows(folder)
    for file in (folder / "samples").glob("*"):
        file.unlink()
    plain = rows.astype(dict.fromkeys(("operation", "arm", "phase", "outcome"), str))
    plain.to_parquet(folder / "samples" / "one.parquet")
    assert read_samples(folder)["outcome"].value_counts().to_dict() == before["outcome"].value_counts().to_dict()


def test_versions_are_read_and_unknown_where_a_file_lacks_them(folder: Path) -> None:
    rows = read_rows(folder).astype({"version": "Int64"})
    rows.loc[0, "version"] = 7
    write_samples(folder, rows)
    assert read_samples(folder)["version"].dropna().tolist() == [7]
    for file in (folder / "samples").glob("*"):
        pd.read_parquet(file).drop(columns="version").to_parquet(file)
    assert read_samples(folder)["version"].isna().all()


def test_no_samples_is_an_error_that_names_the_folder(folder: Path) -> None:
    for file in (folder / "samples").glob("*"):
        file.unlink()
    with pytest.raises(RunError, match=r"samples holds no \.parquet file"):
        read_samples(folder)


def test_a_file_that_is_cut_off_is_named(folder: Path) -> None:
    file = folder / "samples" / "worker-1.parquet"
    file.write_bytes(file.read_bytes()[:-200])
    with pytest.raises(RunError, match=r"worker-1\.parquet cannot be read"):
        read_samples(folder)


def test_a_file_without_a_column_is_named(folder: Path) -> None:
    pd.DataFrame({"leg": [1]}).to_parquet(folder / "samples" / "worker-2.parquet")
    with pytest.raises(RunError, match=r"worker-2\.parquet lacks the column block"):
        read_samples(folder)


_CLOCKS = ("intended_ns", "sent_ns", "done_ns")
