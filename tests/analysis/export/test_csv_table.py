"""The samples as CSV: every row and column, times in whole nanoseconds, and bounded memory."""

import io
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from analysis.errors import RunError
from analysis.export.csv_table import csv_pieces
from analysis.export.selection import Selection, select
from tests.analysis.synthetic import Truth, read_rows, write_run, write_samples


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_run(tmp_path / "run", [Truth(blocks=2, requests=60)])


def read_back(folder: Path, selection: Selection) -> pd.DataFrame:
    return pd.read_csv(io.BytesIO(b"".join(csv_pieces(folder, selection))), keep_default_na=True)


def test_it_has_every_row_and_every_column_of_the_samples(folder: Path) -> None:
    table = read_back(folder, Selection())
    rows = read_rows(folder)
    assert len(table) == len(rows)
    assert list(table.columns) == [*rows.columns, "failed", "response_ns", "service_ns", "lag_ns"]
    for name in ("key", "intended_ns", "sent_ns", "done_ns", "status", "leg"):
        assert table[name].tolist() == rows[name].tolist()
    for name in ("operation", "arm", "phase", "outcome"):
        assert table[name].tolist() == rows[name].astype(str).tolist()
    assert (table["response_ns"] == table["done_ns"] - table["intended_ns"]).all()
    assert (table["service_ns"] == table["done_ns"] - table["sent_ns"]).all()
    assert (table["lag_ns"] == table["sent_ns"] - table["intended_ns"]).all()
    assert not table["failed"].any()


def test_it_takes_what_was_selected(folder: Path) -> None:
    table = read_back(folder, select("measure", "similar", "hit"))
    assert set(table["phase"]) == {"measure"}
    assert set(table["arm"]) == {"cached"}
    assert set(table["outcome"]) == {"hit"}


def test_a_failed_request_has_no_time_and_what_is_unknown_is_empty(folder: Path) -> None:
    rows = read_rows(folder).astype({"outcome": str})
    rows["outcome"] = "timeout"
    write_samples(folder, rows)
    table = read_back(folder, Selection())
    assert table["failed"].all()
    assert table["response_ns"].isna().all()
    assert table["service_ns"].isna().all()
    assert table["connected_ns"].isna().all()
    assert table["lag_ns"].notna().all()


def test_a_file_without_a_column_of_the_first_is_named(folder: Path) -> None:
    file = folder / "samples" / "worker-1.parquet"
    parquet.write_table(parquet.read_table(file).drop_columns(["version"]), file)
    with pytest.raises(RunError, match=r"worker-1\.parquet lacks the column version"):
        list(csv_pieces(folder, Selection()))


def test_a_file_that_is_cut_off_is_named(folder: Path) -> None:
    file = folder / "samples" / "worker-1.parquet"
    file.write_bytes(file.read_bytes()[:-50])
    with pytest.raises(RunError, match=r"worker-1\.parquet cannot be read"):
        list(csv_pieces(folder, Selection()))


PEAK = """
import resource, sys
from pathlib import Path
from analysis.export.csv_table import csv_pieces
from analysis.export.selection import Selection
rows = sum(piece.count(b"\\n") for piece in csv_pieces(Path(sys.argv[1]), Selection()))
print(rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def peak_kib(folder: Path, rows: int) -> int:
    said = subprocess.run(
        [sys.executable, "-c", PEAK, str(folder)], capture_output=True, text=True, timeout=100, check=True
    ).stdout.split()
    assert int(said[0]) == rows + 1
    return int(said[1])


def test_a_long_run_needs_no_more_memory_than_a_short_one(folder: Path) -> None:
    file = folder / "samples" / "worker-0.parquet"
    (folder / "samples" / "worker-1.parquet").unlink()
    table = parquet.read_table(file)
    size = 1_500_000
    picked = pa.array(np.random.default_rng(1).integers(0, len(table), size))
    short_kib = peak_kib(folder, len(table))
    # One row group for all: the memory must not hang on how the writer cut the file. As text it is 290 MB.
    parquet.write_table(table.take(picked), file, row_group_size=size)
    assert peak_kib(folder, size) - short_kib < 160_000
