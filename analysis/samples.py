"""The samples of a run: one row a request, read from every Parquet file of the folder."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import parquet

from analysis.errors import RunError

FAILURES = ("error", "timeout", "refused", "reset", "dropped")
"""Outcomes that gave no good answer; each ranks as infinitely slow in its arm."""

WRITE = "write"
"""The operation of a request that changes a user; any other is a read."""

_Seconds = NDArray[np.float64]

_WORDS = ("operation", "arm", "phase", "outcome")
_TIMES = ("intended_ns", "sent_ns", "done_ns")
_COLUMNS = ("leg", "block", "key", *_WORDS, *_TIMES)

STAGES = ("connected_ns", "redis_ns", "db_ns", "render_ns", "app_ns", "app_started_ns")
"""What is known of the way of a request; a column that a file lacks is unknown for all of its rows."""

_OPTIONAL = (*STAGES, "version")


def read_samples(folder: Path) -> pd.DataFrame:
    """Read all samples of a run folder.

    Returns:
        One row a request, with the columns leg, key and block (whole numbers; block is NaN outside the measured
        legs), operation, arm, phase and outcome (categories), intended_ns (from the run's zero), done_s (on
        the same clock, NaN where no answer came), failed (bool), and three times in seconds: response_s
        (intended to done; infinite for a failure), service_s (sent to done; infinite for a failure) and lag_s
        (intended to sent; NaN for what was never sent). Besides, whole and null where unknown: sent_ns, done_ns
        and those of :data:`STAGES`, of which connected_ns and app_started_ns count from the run's zero; version,
        which is the answer's, or the one that a write (operation :data:`WRITE`) made.

    Raises:
        RunError: No samples, or a file that cannot be read.
    """
    table = pa.concat_tables([_read_file(file) for file in sample_files(folder)]).unify_dictionaries()
    return _with_times(table)


def sample_files(folder: Path) -> list[Path]:
    """Return the Parquet files of a run folder, by name.

    Raises:
        RunError: There is none.
    """
    files = sorted((folder / "samples").glob("*.parquet"))
    if not files:
        raise RunError(
            f"{folder / 'samples'} holds no .parquet file: the run was cut off, or its samples were removed; "
            "measure again, or name another run folder"
        )
    return files


def _read_file(file: Path) -> pa.Table:
    try:
        held = parquet.ParquetFile(file)
        missing = [name for name in _COLUMNS if name not in held.schema_arrow.names]
        if missing:
            raise RunError(f"{file} lacks the column {missing[0]}: it is not a sample file of this version")
        table = held.read(columns=[*_COLUMNS, *(name for name in _OPTIONAL if name in held.schema_arrow.names)])
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise RunError(f"{file} cannot be read ({reason}): it is cut off; measure again") from error
    for name in _WORDS:
        place = table.column_names.index(name)
        table = table.set_column(place, name, _as_category(table.column(name)))
    for name in _OPTIONAL:
        if name not in table.column_names:
            table = table.append_column(name, pa.nulls(len(table), pa.int64()))
    return table.select(_schema().names).cast(_schema())


def _as_category(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a dictionary column whatever the writer chose, plain text included."""
    return column if pa.types.is_dictionary(column.type) else column.dictionary_encode()


def _schema() -> pa.Schema:
    word = pa.dictionary(pa.int32(), pa.string())
    kinds = {"leg": pa.int32(), "block": pa.int32(), "key": pa.int32()} | dict.fromkeys(_WORDS, word)
    return pa.schema([(name, kinds.get(name, pa.int64())) for name in (*_COLUMNS, *_OPTIONAL)])


def _with_times(table: pa.Table) -> pd.DataFrame:
    intended, sent, done = (table.column(name) for name in _TIMES)
    frame: pd.DataFrame = table.select(["leg", "block", "key", *_WORDS]).to_pandas()
    failed = frame["outcome"].isin(FAILURES).to_numpy()
    frame["failed"] = failed
    frame["intended_ns"] = intended.to_numpy()
    frame["done_s"] = _seconds(done)
    # Whole nanoseconds are subtracted before they become floats, so that no digit is lost to a late clock.
    frame["response_s"] = _or_infinite(_seconds(pc.subtract(done, intended)), failed)
    frame["service_s"] = _or_infinite(_seconds(pc.subtract(done, sent)), failed)
    frame["lag_s"] = _seconds(pc.subtract(sent, intended))
    whole_numbers = table.select(["sent_ns", "done_ns", *_OPTIONAL])
    whole = whole_numbers.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
    samples: pd.DataFrame = pd.concat([frame, whole], axis="columns")
    return samples


def _seconds(nanoseconds: pa.ChunkedArray) -> _Seconds:
    seconds: _Seconds = nanoseconds.to_pandas().to_numpy(dtype=np.float64, na_value=np.nan) / 1e9
    return seconds


def _or_infinite(seconds: _Seconds, failed: NDArray[np.bool_]) -> _Seconds:
    return np.where(failed | np.isnan(seconds), np.inf, seconds)
