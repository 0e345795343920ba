"""The data set: users and their events, made from a seed and put into PostgreSQL by COPY.

It is made again only when its parameters change; rows that the lab did not make are never overwritten unasked.
"""

import io
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import psycopg2
import psycopg2.extensions
import pyarrow as pa
import pyarrow.csv

from lab.errors import DatasetError
from lab.schema import apply_schema, make_indexes
from loadtests.target import user_name

INFO_BYTES = 120
FIRST_EVENT = np.datetime64("2026-01-01T00:00:00", "us")
SPAN_US = 365 * 24 * 3600 * 1_000_000
EVENT_INDEXES = "SELECT indexname FROM pg_indexes WHERE tablename = 'events' AND schemaname = current_schema()"


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetParameters:
    """What the data set is made from; equal parameters make equal rows.

    Attributes:
        users: number of users.
        events: number of events, each of one user drawn uniformly and one item.
        items: number of items.
        item_exponent: items are drawn by a Zipf law of this exponent.
        seed: of everything drawn.
    """

    users: int = 20_000
    events: int = 1_000_000
    items: int = 20_000
    item_exponent: float = 0.6
    seed: int = 1

    def __post_init__(self) -> None:
        """Check the ranges once, at the door."""
        for name in ("users", "events", "items"):
            if getattr(self, name) < 1:
                raise DatasetError(f"a data set needs at least one of its {name}; give --{name} 1 or more")

    def to_json(self) -> dict[str, Any]:
        """Return the fields as JSON values."""
        return asdict(self)


def ensure_dataset(database_url: str, parameters: DatasetParameters, *, overwrite: bool = False) -> float | None:
    """Fill the database unless it holds this very data set; return the seconds it took, None if it was there.

    Raises:
        DatasetError: the database does not answer, or holds users that the lab did not make and may not drop.
    """
    with _connected(database_url) as connection:
        _create_tables(connection)
        held = _held(connection)
        if held == parameters.to_json():
            return None
        if held is None and not overwrite:
            _require_no_users(connection)
        started = time.monotonic()
        _fill(connection, parameters)
        return time.monotonic() - started


@contextmanager
def _connected(database_url: str) -> Iterator[psycopg2.extensions.connection]:
    try:
        connection = psycopg2.connect(database_url, connect_timeout=5)
    except psycopg2.OperationalError as error:
        raise DatasetError(f"the database does not answer ({str(error).strip()}); is the stack up?") from error
    try:
        yield connection  # whoever writes commits
    finally:
        connection.close()


def _create_tables(connection: psycopg2.extensions.connection) -> None:
    apply_schema(connection)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS lab_dataset (parameters jsonb NOT NULL)")
    connection.commit()


def _held(connection: psycopg2.extensions.connection) -> dict[str, Any] | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT parameters FROM lab_dataset")
        row = cursor.fetchone()
    return None if row is None else dict(row[0])


def _require_no_users(connection: psycopg2.extensions.connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM users")
        row = cursor.fetchone()
    if row is not None and row[0]:
        raise DatasetError(
            f"the database holds {row[0]:,} users that the lab did not make; "
            "use another database, or give --overwrite-data to replace them"
        )


def _fill(connection: psycopg2.extensions.connection, parameters: DatasetParameters) -> None:
    """Replace all rows in one transaction: whoever looks sees the old data set or the new one whole."""
    random = np.random.default_rng(parameters.seed)
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE users, events, lab_dataset RESTART IDENTITY")
        cursor.execute(EVENT_INDEXES)
        for (index,) in cursor.fetchall():  # a bulk load is quicker without them
            cursor.execute(f'DROP INDEX "{index}"')
        _copy(cursor, "users", _users(parameters, random))
        _copy(cursor, "events", _events(parameters, random))
        make_indexes(connection)
        cursor.execute("INSERT INTO lab_dataset VALUES (%s)", (json.dumps(parameters.to_json()),))
    connection.commit()
    connection.autocommit = True  # VACUUM runs outside of a transaction
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE, FREEZE) users, events")
        cursor.execute("CHECKPOINT")  # now, not in the middle of a block
    connection.autocommit = False


def _copy(cursor: Any, table: str, rows: pa.Table) -> None:
    text = io.BytesIO()
    pyarrow.csv.write_csv(rows, text, pyarrow.csv.WriteOptions(include_header=False))
    text.seek(0)
    cursor.copy_expert(f"COPY {table} ({', '.join(rows.column_names)}) FROM STDIN (FORMAT csv)", text)


def _users(parameters: DatasetParameters, random: np.random.Generator) -> pa.Table:
    letters = random.integers(ord("a"), ord("z") + 1, (parameters.users, INFO_BYTES), dtype=np.uint8)
    infos = letters.view(f"S{INFO_BYTES}").ravel().astype(str)
    return pa.table({"name": [user_name(index) for index in range(parameters.users)], "info": infos})


def _events(parameters: DatasetParameters, random: np.random.Generator) -> pa.Table:
    """Return the events in the order in which they happened, so that a user's lie scattered over the table."""
    count = parameters.events
    weights = np.arange(1, parameters.items + 1, dtype=np.float64) ** -parameters.item_exponent
    items = np.searchsorted(np.cumsum(weights / weights.sum()), random.random(count)).clip(
        max=parameters.items - 1
    )
    at = FIRST_EVENT + np.sort(random.integers(0, SPAN_US, count)).astype("timedelta64[us]")
    return pa.table(
        {
            "user_id": random.integers(1, parameters.users + 1, count),
            "item_id": items + 1,
            "amount_cents": np.maximum(1, random.lognormal(7.5, 1.0, count).astype(np.int64)),
            "at": pa.array(at, pa.timestamp("us", "UTC")),
        }
    )
