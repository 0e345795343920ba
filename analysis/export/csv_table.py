"""Samples → CSV: one row a request, every column of the samples and three times made from them."""

import io
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from analysis.export.pieces import pieces
from analysis.export.selection import Selection
from analysis.samples import FAILURES

_TIMES = {
    "response_ns": ("intended_ns", "done_ns"),
    "service_ns": ("sent_ns", "done_ns"),
    "lag_ns": ("intended_ns", "sent_ns"),
}


def csv_pieces(folder: Path, selection: Selection) -> Iterator[bytes]:
    """Yield the table in pieces of bounded size, the head first; what is unknown is an empty field.

    The columns are those of the samples, then failed (true or false), response_ns, service_ns and lag_ns. A
    failed request has no response and no service time: it ranks as infinitely slow, which CSV cannot say.

    Raises:
        RunError: There are no samples, or a file cannot be read.
    """
    head = True
    for table in pieces(folder, selection):
        buffer = io.BytesIO()
        csv.write_csv(_with_times(table), buffer, csv.WriteOptions(include_header=head))
        yield buffer.getvalue()
        head = False


def _with_times(table: pa.Table) -> pa.Table:
    failed = pc.is_in(table.column("outcome"), pa.array(FAILURES))
    unknown = pa.scalar(None, pa.int64())
    table = table.append_column("failed", failed)
    for name, (start, end) in _TIMES.items():
        times = pc.subtract(table.column(end), table.column(start))
        shown = times if name == "lag_ns" else pc.if_else(failed, unknown, times)
        table = table.append_column(name, shown)
    return table
