"""Traces of text, one request a line: parsed in whole blocks where all is well, line by line where it is not."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from loadtests.traces.bad_records import BadRecords
from loadtests.traces.content import Content
from loadtests.traces.csv_columns import CsvColumns
from loadtests.traces.layout import TWITTER, Layout
from loadtests.traces.records import Records, encode
from loadtests.traces.text_block import parse_block
from loadtests.traces.text_line import BadLineError, Line, parse_line


def read_twitter(content: Content, bad: BadRecords) -> Iterator[Records]:
    """Yield the requests of a trace in the open Twitter format. Lines count from 1; empty ones are no requests."""
    number = 1
    for block in content.line_blocks():
        yield from _records(block, number, TWITTER, bad)
        number += block.count(b"\n")


def read_csv(content: Content, bad: BadRecords, columns: CsvColumns) -> Iterator[Records]:
    """Yield the requests of a CSV trace. Its first line, which names the columns, is line 1.

    Raises:
        TraceError: a column that must be there is not.
    """
    layout, number = None, 1
    for block in content.line_blocks():
        lines = block
        if layout is None:
            first_line, _, lines = block.partition(b"\n")
            layout = columns.layout(first_line, content.file)
            number += 1
        if lines:
            yield from _records(lines, number, layout, bad)
        number += lines.count(b"\n")


def _records(block: bytes, number: int, layout: Layout, bad: BadRecords) -> Iterator[Records]:
    """Yield the requests of a block whose first line has that number."""
    records = parse_block(block, layout)
    if records is None:
        lines = _good_lines(block, number, layout, bad)
        records = _from_lines(lines) if lines else None
    if records is not None:
        yield records


def _good_lines(block: bytes, number: int, layout: Layout, bad: BadRecords) -> list[Line]:
    lines = []
    for at, line in enumerate(block.split(b"\n"), start=number):
        stripped = line.removesuffix(b"\r")
        if not stripped:
            continue
        try:
            lines.append(parse_line(stripped, layout))
        except BadLineError as error:
            bad.found(at, "line", str(error))
    return lines


def _from_lines(lines: Sequence[Line]) -> Records:
    codes, distinct = encode(pa.array([line.key for line in lines], pa.binary()))
    return Records(
        codes=codes,
        distinct=distinct,
        timestamps_s=_column([line.timestamp_s for line in lines], np.float64),
        sizes_bytes=_column([line.size_bytes for line in lines], np.int64),
        key_sizes_bytes=_column([line.key_size_bytes for line in lines], np.int64),
        operations=_column([line.operation for line in lines], np.uint8),
        ttls_s=_column([line.ttl_s for line in lines], np.float64),
    )


def _column(values: list[Any], kind: Any) -> npt.NDArray[Any] | None:
    """Return the values as an array; a layout has a field in every line or in none."""
    return None if values[0] is None else np.array(values, dtype=kind)
