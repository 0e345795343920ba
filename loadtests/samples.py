"""Records one row a request, in nanoseconds and nothing rounded, and writes the rows as Parquet.

Recording appends to typed arrays; turning them into columns and compressing them waits until a leg is over.
"""

import re
from array import array
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from loadtests.arrivals import NS
from loadtests.connection import Connection
from loadtests.outcome import OUTCOMES, Outcome
from loadtests.response_times import summarise_response_s
from loadtests.traffic import Leg

STAGE = re.compile(rb"(redis|db|app);dur=([0-9.]+)")
NS_PER_MS = 1e6
ABSENT = -1
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
        pa.field("done_ns", pa.int64()),
        pa.field("status", pa.int16()),
        pa.field("outcome", LABEL, nullable=False),
        pa.field("redis_ns", pa.int64()),
        pa.field("db_ns", pa.int64()),
        pa.field("app_ns", pa.int64()),
        pa.field("version", pa.int32()),
    ]
)


class Recorder:
    """Holds the rows of one leg until `take`.

    Times are those of `time.monotonic_ns()` less `epoch_ns`, the zero point that all workers of a run share.
    """

    def __init__(self, epoch_ns: int) -> None:
        self._epoch_ns = epoch_ns
        self._start()

    def _start(self) -> None:
        self._intended, self._sent, self._done = array("q"), array("q"), array("q")
        self._key, self._status, self._outcome = array("i"), array("h"), array("b")
        self._redis, self._db, self._app = array("q"), array("q"), array("q")
        self._version = array("i")

    def __len__(self) -> int:
        return len(self._key)

    def record(self, connection: Connection) -> None:
        """Append the request that has just ended on `connection`."""
        self._intended.append(connection.intended_ns)
        self._sent.append(connection.sent_ns)
        self._done.append(connection.done_ns)
        self._key.append(connection.key)
        self._status.append(connection.status or ABSENT)
        self._outcome.append(connection.outcome)
        redis_ns = db_ns = app_ns = ABSENT
        if connection.server_timing is not None:
            for stage, duration_ms in STAGE.findall(connection.server_timing):
                duration_ns = int(float(duration_ms) * NS_PER_MS)
                if stage == b"db":
                    db_ns = duration_ns
                elif stage == b"redis":
                    redis_ns = duration_ns
                else:
                    app_ns = duration_ns
        self._redis.append(redis_ns)
        self._db.append(db_ns)
        self._app.append(app_ns)
        self._version.append(_version(connection.etag))

    def record_dropped(self, intended_ns: int, key: int) -> None:
        """Append a request that was never sent."""
        self._intended.append(intended_ns)
        self._key.append(key)
        self._outcome.append(Outcome.DROPPED)
        for column in (self._sent, self._done, self._status, self._redis, self._db, self._app, self._version):
            column.append(ABSENT)

    def outcome_counts(self) -> dict[str, int]:
        """Return the number of rows by outcome label; outcomes that did not occur are left out."""
        counts = np.bincount(np.frombuffer(self._outcome, dtype=np.int8), minlength=len(OUTCOMES))
        return {outcome.label: int(counts[outcome]) for outcome in OUTCOMES if counts[outcome]}

    def response_s(self) -> dict[str, float | None]:
        """Return mean, p50, p95 and p99 of the leg's response times; None where they cannot be told."""
        waited_ns = np.frombuffer(self._done, dtype=np.int64) - np.frombuffer(self._intended, dtype=np.int64)
        failed = np.frombuffer(self._outcome, dtype=np.int8) >= Outcome.ERROR
        return summarise_response_s(np.where(failed, np.inf, waited_ns / NS))

    def take(self, leg: Leg) -> pa.Table:
        """Return the rows as a table of SCHEMA and start anew."""
        count = len(self)
        table = pa.Table.from_arrays(
            [
                pa.repeat(pa.scalar(leg.leg, pa.int16()), count),
                _constant(leg.operation, count),
                _constant(leg.arm, count),
                _constant(leg.phase, count),
                pa.repeat(pa.scalar(leg.block, pa.int16()), count),
                pa.array(np.frombuffer(self._key, dtype=np.int32)),
                self._times(self._intended),
                self._times(self._sent),
                self._times(self._done),
                _nullable(self._status, np.int16),
                pa.DictionaryArray.from_arrays(
                    pa.array(np.frombuffer(self._outcome, dtype=np.int8)),
                    pa.array([outcome.label for outcome in OUTCOMES]),
                ),
                _nullable(self._redis, np.int64),
                _nullable(self._db, np.int64),
                _nullable(self._app, np.int64),
                _nullable(self._version, np.int32),
            ],
            schema=SCHEMA,
        )
        self._start()
        return table

    def _times(self, column: "array[int]") -> pa.Array:
        stamps = np.frombuffer(column, dtype=np.int64)
        return pa.array(stamps - self._epoch_ns, mask=stamps == ABSENT)


class SampleFile:
    """One worker's Parquet file: a row group a leg."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._writer = pq.ParquetWriter(path, SCHEMA, compression="zstd")

    def write(self, table: pa.Table) -> None:
        """Append the rows of one leg."""
        self._writer.write_table(table)

    def close(self) -> None:
        """Write the footer, without which the file cannot be read."""
        self._writer.close()


def _constant(label: str, count: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, dtype=np.int8)), pa.array([label]))


def _nullable(column: "array[int]", dtype: type[np.signedinteger]) -> pa.Array:
    values = np.frombuffer(column, dtype=dtype)
    return pa.array(values, mask=values == ABSENT)


def _version(etag: bytes | None) -> int:
    """Return the row version inside an entity tag such as W/"3"; a tag of another kind has none."""
    if etag is None:
        return ABSENT
    digits = etag.strip(b'W/"')
    return int(digits) if digits.isdigit() and len(digits) <= 9 else ABSENT
