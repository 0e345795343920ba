"""The samples of a run a piece at a time, so that a long run needs no more memory than a short one."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from analysis.errors import RunError
from analysis.export.selection import Selection
from analysis.samples import sample_files

ROWS_AT_ONCE = 65_536


def pieces(folder: Path, selection: Selection, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
    """Yield the chosen rows in the order of the files, no piece empty; words as plain text.

    Args:
        folder: The run folder.
        selection: Which rows.
        columns: Which columns; None for all that the first file has.

    Raises:
        RunError: There are no samples, or a file cannot be read or lacks a column.
    """
    conditions = selection.conditions()
    for file in sample_files(folder):
        with _opened(file) as held:
            columns = held.schema_arrow.names if columns is None else columns
            needed = list(dict.fromkeys((*columns, *conditions)))
            missing = [name for name in needed if name not in held.schema_arrow.names]
            if missing:
                raise RunError(f"{file} lacks the column {missing[0]}: it is not a sample file of this version")
            for batch in held.iter_batches(ROWS_AT_ONCE, columns=needed):
                rows = _chosen(_with_plain_words(pa.Table.from_batches([batch])), conditions)
                if len(rows):
                    yield rows.select(columns)


@contextmanager
def _opened(file: Path) -> Iterator[parquet.ParquetFile]:
    try:
        with parquet.ParquetFile(file) as held:
            yield held
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise RunError(f"{file} cannot be read ({reason}): it is cut off; measure again") from error


def _with_plain_words(table: pa.Table) -> pa.Table:
    """Return the table without dictionaries, which differ from piece to piece."""
    kinds = [
        pa.field(field.name, pa.string()) if pa.types.is_dictionary(field.type) else field
        for field in table.schema
    ]
    return table.cast(pa.schema(kinds))


def _chosen(table: pa.Table, conditions: dict[str, str]) -> pa.Table:
    for name, value in conditions.items():
        table = table.filter(pc.equal(table.column(name), value))
    return table
