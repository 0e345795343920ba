"""A block of lines of a text trace, parsed at once by Arrow: fast, and None where any line needs a closer look."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import compute, csv

from loadtests.traces.layout import Layout
from loadtests.traces.operation import OPERATIONS
from loadtests.traces.records import Records, encode

TYPES = {
    "timestamp": pa.float64(),
    "size": pa.int64(),
    "key_size": pa.int64(),
    "operation": pa.binary(),
    "ttl": pa.float64(),
}


def parse_block(block: bytes, layout: Layout) -> Records | None:
    """Return the requests of a block of whole lines; None if not every line of it is a good and simple one."""
    # Arrow takes a lone carriage return for the end of a line.
    table = _table(block, layout) if block.count(b"\r") == block.count(b"\r\n") else None
    if table is None or table.num_rows != block.count(b"\n") + (not block.endswith(b"\n")):
        return None
    codes, distinct = encode(table.column(str(layout.key)).combine_chunks())
    columns = {
        name: table.column(str(getattr(layout, name))).combine_chunks()
        for name in TYPES
        if getattr(layout, name) is not None
    }
    operations = _operations(columns.pop("operation", None))
    if b"" in distinct or (operations is None and layout.operation is not None) or not _all_good(columns):
        return None
    arrays = {name: column.to_numpy(zero_copy_only=False) for name, column in columns.items()}
    ttls_s = arrays.get("ttl")
    return Records(
        codes=codes,
        distinct=distinct,
        timestamps_s=arrays.get("timestamp"),
        sizes_bytes=arrays.get("size"),
        key_sizes_bytes=arrays.get("key_size"),
        operations=operations,
        ttls_s=None if ttls_s is None else np.where(ttls_s > 0, ttls_s, np.nan),
    )


def _table(block: bytes, layout: Layout) -> "pa.Table | None":
    """Return the fields that are needed, as columns named by their index."""
    types = {str(getattr(layout, name)): kind for name, kind in TYPES.items() if getattr(layout, name) is not None}
    types[str(layout.key)] = pa.binary()
    try:
        return csv.read_csv(
            pa.BufferReader(block),
            read_options=csv.ReadOptions(
                column_names=[str(index) for index in range(layout.width)],
                use_threads=False,
                block_size=len(block) + 1,
            ),
            parse_options=csv.ParseOptions(quote_char='"' if layout.quoted else False),
            convert_options=csv.ConvertOptions(column_types=types, include_columns=list(types), null_values=[""]),
        )
    except pa.ArrowInvalid:
        return None


def _all_good(columns: "dict[str, pa.Array]") -> bool:
    """Whether every number is one that a closer look would take too."""
    for name, column in columns.items():
        if name in ("size", "key_size"):
            good = compute.greater_equal(column, 0)
        elif name == "timestamp":
            good = compute.is_finite(column)
        else:  # one that says "nan" would pass for one that says nothing
            good = compute.and_(compute.is_finite(column), compute.greater_equal(column, 0.0))
        may_be_missing = name == "ttl"
        if not compute.all(good, min_count=0).as_py() or (column.null_count and not may_be_missing):
            return False
    return True


def _operations(column: "pa.Array | None") -> npt.NDArray[np.uint8] | None:
    """Return the operations' numbers; None where there are none, or one of them is unknown."""
    if column is None:
        return None
    encoded = column.dictionary_encode()
    numbers = [OPERATIONS.get(name.strip().lower()) for name in encoded.dictionary.to_pylist()]
    if None in numbers:
        return None
    operations: npt.NDArray[np.uint8] = np.array(numbers, dtype=np.uint8)[encoded.indices.to_numpy()]
    return operations
