"""One row a request, in nanoseconds and nothing rounded: recorded as packed bytes, written as Parquet.

Recording packs a row into a block of memory. Turning blocks into columns, reading Server-Timing and compressing
wait until a leg is over; a leg too long for that hands its full blocks to a thread.
"""

from collections import deque
from collections.abc import Sequence
from pathlib import Path
from struct import Struct
from typing import Any, Protocol

import gevent
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from gevent.threadpool import ThreadPool

from loadtests.connection import Connection
from loadtests.outcome import OUTCOMES, Outcome
from loadtests.server_timing import stage_columns
from loadtests.traffic import Leg

ABSENT = -1
NS = 1_000_000_000
LABEL = pa.dictionary(pa.int8(), pa.string())
SCHEMA = pa.schema(
    [
        pa.field("leg", pa.int16(), nullable=False),
        pa.field("operation", LABEL, nullable=False),
        pa.field("arm", LABEL, nullable=False),
        pa.field("phase", LABEL, nullable=False),
        pa.field("block", pa.int16()),
        pa.field("key", pa.int32(), nullable=False),
        pa.field("intended_ns", pa.int64(), nullable=False),
        pa.field("sent_ns", pa.int64()),
        pa.field("connected_ns", pa.int64()),
        pa.field("done_ns", pa.int64()),
        pa.field("status", pa.int16()),
        pa.field("outcome", LABEL, nullable=False),
        pa.field("redis_ns", pa.int64()),
        pa.field("db_ns", pa.int64()),
        pa.field("render_ns", pa.int64()),
        pa.field("app_ns", pa.int64()),
        pa.field("app_started_ns", pa.int64()),
        pa.field("version", pa.int32()),
    ]
)
# Times grow slowly from row to row: kept as differences they take a fraction of the space.
DELTAS = {"intended_ns": "DELTA_BINARY_PACKED", "sent_ns": "DELTA_BINARY_PACKED", "done_ns": "DELTA_BINARY_PACKED"}

ROW = Struct("=qqqqiiiHhb")
ROW_DTYPE = np.dtype(
    [
        ("intended", "i8"), ("sent", "i8"), ("connected", "i8"), ("done", "i8"), ("key", "i4"), ("length", "i4"),
        ("version", "i4"), ("timing_bytes", "u2"), ("status", "i2"), ("outcome", "i1"),
    ]
)  # fmt: skip
BRIEF = np.dtype([("response_ns", "i8"), ("done_second", "i4"), ("length_bytes", "i4"), ("outcome", "i1")])
"""What is kept of each row until the leg's summary is made: response_ns is ABSENT for what was never sent,
done_second (intended, for that) counts whole seconds of the monotonic clock."""

LABELS = pa.array([outcome.label for outcome in OUTCOMES])
VERSIONS_REMEMBERED = 4096
LONGEST_TIMING = 4096  # bytes of a Server-Timing field; a longer one is not ours
MOST_DIGITS = 9  # of a version that fits its column

BLOCK_ROWS = 1 << 16
BLOCK_BYTES = BLOCK_ROWS * ROW.size
# Blocks kept until the leg is over; beyond half a million rows, bounded memory matters more than a quiet core.
BLOCKS_HELD = 8

Rows = npt.NDArray[Any]


class Sink(Protocol):
    """Where the rows of a worker go."""

    def write(self, table: pa.Table) -> None:
        """Take some rows of one leg, a table of SCHEMA; may be called from a thread, one call at a time."""

    def close(self) -> None:
        """Make what was written whole."""


class SampleFile:
    """A sink that is one Parquet file."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        dictionaries = [field.name for field in SCHEMA if field.name not in DELTAS]
        self._writer = pq.ParquetWriter(
            path, SCHEMA, compression="zstd", use_dictionary=dictionaries, column_encoding=DELTAS
        )

    def write(self, table: pa.Table) -> None:
        """Append rows."""
        self._writer.write_table(table)

    def close(self) -> None:
        """Write the footer, without which the file cannot be read."""
        self._writer.close()


class _Block:
    """A stretch of rows as they were packed, and their Server-Timing fields end to end."""

    __slots__ = ("packed", "timings", "used_bytes")

    def __init__(self) -> None:
        self.packed = bytearray(BLOCK_BYTES)
        self.timings = bytearray()
        self.used_bytes = 0

    @property
    def rows(self) -> Rows:
        """The rows so far, as they lie in memory."""
        return np.frombuffer(self.packed, dtype=ROW_DTYPE, count=self.used_bytes // ROW.size)


class Recorder:
    """Takes the rows of one leg after the other, between `begin` and `end`, and hands them to a sink.

    Times are those of `time.monotonic_ns()` less `epoch_ns`, the zero point that all workers of a run share.
    Recorders with one sink share one `thread`, so that it is never handed two tables at a time.
    """

    def __init__(self, epoch_ns: int, sink: Sink, thread: ThreadPool) -> None:
        self._epoch_ns = epoch_ns
        self._sink = sink
        self._thread: Any = thread
        self._block = _Block()
        self._full: deque[_Block] = deque()
        self._writers: list[Any] = []
        self._brief: list[Rows] = []
        self._counts = np.zeros(len(OUTCOMES), dtype=np.int64)
        self._leg: Leg | None = None
        self._operation = ""

    def begin(self, leg: Leg, operation: str) -> None:
        """Take rows of this leg from now on, all of one operation."""
        self._leg, self._operation = leg, operation
        self._brief = []
        self._counts = np.zeros(len(OUTCOMES), dtype=np.int64)

    def record(self, connections: Sequence[Connection]) -> None:
        """Append the requests that have just ended on `connections`."""
        block = self._block
        packed, timings, offset = block.packed, block.timings, block.used_bytes
        pack, row_bytes, known = ROW.pack_into, ROW.size, _versions.get
        for connection in connections:
            timing = connection.server_timing
            if timing is None or len(timing) > LONGEST_TIMING:
                timing_bytes = 0
            else:
                timing_bytes = len(timing)
                timings += timing
            version = known(connection.etag)
            if version is None:
                version = version_of(connection.etag)
            pack(
                packed,
                offset,
                connection.intended_ns,
                connection.sent_ns,
                connection.connected_ns or ABSENT,
                connection.done_ns,
                connection.key,
                connection.length_bytes,
                version,
                timing_bytes,
                connection.status or ABSENT,
                connection.outcome,
            )
            offset += row_bytes
            if offset == BLOCK_BYTES:
                block.used_bytes = offset
                self._next_block()
                block = self._block
                packed, timings, offset = block.packed, block.timings, block.used_bytes
        block.used_bytes = offset

    def record_dropped(self, intended_ns: int, key: int) -> None:
        """Append a request that was never sent."""
        block = self._block
        row = (intended_ns, ABSENT, ABSENT, ABSENT, key, 0, ABSENT, 0, ABSENT, Outcome.DROPPED)
        ROW.pack_into(block.packed, block.used_bytes, *row)
        block.used_bytes += ROW.size
        if block.used_bytes == BLOCK_BYTES:
            self._next_block()

    def outcome_counts(self) -> dict[str, int]:
        """Return the number of rows by outcome label; outcomes that did not occur are left out."""
        counts = self._counts + _outcomes_of(self._block)
        return {outcome.label: int(counts[outcome]) for outcome in OUTCOMES if counts[outcome]}

    def settle(self) -> None:
        """Wait until the sink has all that is on its way to it."""
        gevent.joinall(self._writers, raise_error=True)

    def end(self) -> list[Rows]:
        """Hand what is left to the sink and return the leg's rows in brief, some at a time, fields as in BRIEF.

        To be called once every recorder of the sink has settled.
        """
        self._counts += _outcomes_of(self._block)
        for block in (*self._full, self._block):
            self._write(block)
        self._full.clear()
        self._writers, self._block = [], _Block()
        brief, self._brief = self._brief, []
        return brief

    def _next_block(self) -> None:
        """Go on in a new block. Runs in the hub, where nothing may wait: a greenlet does."""
        self._counts += _outcomes_of(self._block)
        self._full.append(self._block)
        self._block = _Block()
        if len(self._full) > BLOCKS_HELD:
            block = self._full.popleft()
            self._writers.append(gevent.spawn(self._thread.apply, self._write, (block,)))

    def _write(self, block: _Block) -> None:
        rows = block.rows
        assert self._leg is not None, "rows come between begin and end"  # noqa: S101
        self._sink.write(_table(self._leg, self._operation, rows, block.timings, self._epoch_ns))
        brief = np.empty(len(rows), dtype=BRIEF)
        brief["response_ns"] = np.where(rows["done"] == ABSENT, ABSENT, rows["done"] - rows["intended"])
        brief["done_second"] = np.maximum(rows["done"], rows["intended"]) // NS
        brief["outcome"], brief["length_bytes"] = rows["outcome"], rows["length"]
        self._brief.append(brief)


def _outcomes_of(block: _Block) -> npt.NDArray[np.int64]:
    return np.bincount(block.rows["outcome"], minlength=len(OUTCOMES)).astype(np.int64)


def _table(leg: Leg, operation: str, rows: Rows, timings: bytearray, epoch_ns: int) -> pa.Table:
    count = len(rows)
    stages = stage_columns(rows["timing_bytes"], timings, epoch_ns)
    columns = {
        "leg": pa.repeat(pa.scalar(leg.leg, pa.int16()), count),
        "operation": _constant(operation, count),
        "arm": _constant(leg.arm, count),
        "phase": _constant(leg.phase, count),
        "block": pa.repeat(pa.scalar(leg.block, pa.int16()), count),
        "key": pa.array(rows["key"].copy()),
        **{f"{name}_ns": _moments(rows[name], epoch_ns) for name in ("intended", "sent", "connected", "done")},
        "status": _nullable(rows["status"]),
        "outcome": pa.DictionaryArray.from_arrays(pa.array(rows["outcome"].copy()), LABELS),
        **stages,
        "version": _nullable(rows["version"]),
    }
    return pa.table([columns[field.name] for field in SCHEMA], schema=SCHEMA)


def _constant(label: str, count: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, dtype=np.int8)), pa.array([label]))


def _moments(stamps_ns: Rows, epoch_ns: int) -> pa.Array:
    return pa.array(stamps_ns - epoch_ns, mask=stamps_ns == ABSENT)


def _nullable(values: Rows) -> pa.Array:
    return pa.array(values.copy(), mask=values == ABSENT)


_versions: dict[bytes | None, int] = {None: ABSENT}


def version_of(etag: bytes | None) -> int:
    """Return the row version inside an entity tag such as W/"3"; a tag of another kind has none."""
    version = _versions.get(etag)
    if version is None:
        if len(_versions) >= VERSIONS_REMEMBERED:
            _versions.clear()
            _versions[None] = ABSENT
        assert etag is not None  # noqa: S101 - None has just been put in
        digits = etag.strip(b'W/"')
        version = int(digits) if digits.isdigit() and len(digits) <= MOST_DIGITS else ABSENT
        _versions[etag] = version
    return version
