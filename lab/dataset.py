"""The data set: users and their events, made from a seed and put into PostgreSQL by COPY.

It is made again only when its parameters change. Users that the lab did not make are left alone: its own are known
by their names, and take ids above the others'.
"""

import io
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import psycopg2
import psycopg2.errors
import psycopg2.extensions
import pyarrow as pa
import pyarrow.csv

from lab.errors import DatasetError
from lab.infos import Infos, drawn_infos
from lab.schema import apply_schema, make_indexes
from loadtests.target import user_name
from loadtests.value_sizes import DEFAULT_VALUE_SIZES, OF_TRACE

FIRST_EVENT = np.datetime64("2026-01-01T00:00:00", "us")
SPAN_US = 365 * 24 * 3600 * 1_000_000
LAB_NAMES = "^user-[0-9]{6,}$"
EVENT_INDEXES = "SELECT indexname FROM pg_indexes WHERE tablename = 'events' AND schemaname = current_schema()"


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetParameters:
    """What the data set is made from; equal parameters make equal rows.

    Attributes:
        users: number of users.
        events: number of events, each of one user drawn uniformly and one item.
        items: number of items.
        item_exponent: items are drawn by a Zipf law of this exponent.
        value_sizes: bytes of each user's info, spelt as in `loadtests.value_sizes`; or the name that the infos of
            a trace have.
        seed: of everything drawn; the events do not depend on the value sizes.
    """

    users: int = 20_000
    events: int = 1_000_000
    items: int = 20_000
    item_exponent: float = 0.6
    value_sizes: str = DEFAULT_VALUE_SIZES
    seed: int = 1

    def __post_init__(self) -> None:
        """Check the ranges once, at the door."""
        for name in ("users", "events", "items"):
            if getattr(self, name) < 1:
                raise DatasetError(f"a data set needs at least one of its {name}, not {getattr(self, name)}")
        if not self.value_sizes.startswith(f"{OF_TRACE}:"):
            drawn_infos(self.value_sizes, self.users, self.seed)

    def to_json(self) -> dict[str, Any]:
        """Return the fields as JSON values."""
        return asdict(self)


def ensure_dataset(database_url: str, parameters: DatasetParameters, infos: Infos | None = None) -> float | None:
    """Fill the database unless it holds this very data set; return the seconds it took, None if it was there.

    `infos` are those that the parameters name; None: their value sizes are a law.

    Raises:
        DatasetError: the database does not answer, or refuses.
    """
    with _connected(database_url) as connection:
        _create_tables(connection)
        if _held(connection) == parameters.to_json():
            if _written_since(connection):
                _settle(connection)
            return None
        started = time.monotonic()
        _fill(
            connection, parameters, infos or drawn_infos(parameters.value_sizes, parameters.users, parameters.seed)
        )
        return time.monotonic() - started


@contextmanager
def _connected(database_url: str) -> Iterator[psycopg2.extensions.connection]:
    try:
        connection = psycopg2.connect(database_url, connect_timeout=5)
    except psycopg2.Error as error:
        raise DatasetError(
            f"the database cannot be reached ({str(error).strip()}); is the stack up, and its URL right?"
        ) from error
    try:
        yield connection  # whoever writes commits
    except psycopg2.Error as error:
        raise DatasetError(f"the database refused the data set ({str(error).strip()})") from error
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


def _written_since(connection: psycopg2.extensions.connection) -> bool:
    """Return whether writes have left dead rows behind, which autovacuum would see to in the middle of a run."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(sum(n_dead_tup), 0) FROM pg_stat_user_tables WHERE relname = 'users'")
        (dead_rows,) = cursor.fetchall()[0]
    connection.rollback()  # so that VACUUM is outside of a transaction
    return bool(dead_rows)


def _fill(connection: psycopg2.extensions.connection, parameters: DatasetParameters, infos: Infos) -> None:
    """Replace the lab's rows in one transaction: whoever looks sees the old data set or the new one whole."""
    user_random, event_random = np.random.default_rng(parameters.seed).spawn(2)
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE users IN EXCLUSIVE MODE")  # a registration waits, and gets an id above
        cursor.execute("DELETE FROM users WHERE name ~ %s", (LAB_NAMES,))
        cursor.execute("TRUNCATE events, lab_dataset RESTART IDENTITY")
        cursor.execute(EVENT_INDEXES)
        for (index,) in cursor.fetchall():  # a bulk load is quicker without them
            cursor.execute(f'DROP INDEX "{index}"')
        cursor.execute("SELECT coalesce(max(id), 0) FROM users")
        first_id = cursor.fetchall()[0][0] + 1
        for users in _users(infos, first_id, user_random):
            _copy(cursor, "users", users)
        _copy(cursor, "events", _events(parameters, first_id, event_random))
        cursor.execute("SELECT setval(pg_get_serial_sequence('users', 'id'), max(id)) FROM users")
        make_indexes(connection)
        cursor.execute("INSERT INTO lab_dataset VALUES (%s)", (json.dumps(parameters.to_json()),))
    connection.commit()
    _settle(connection)


def _settle(connection: psycopg2.extensions.connection) -> None:
    """Let PostgreSQL do now what it would otherwise do in the middle of a block."""
    connection.autocommit = True  # VACUUM runs outside of a transaction
    with connection.cursor() as cursor:
        with suppress(psycopg2.errors.UndefinedFunction):  # before version 15 a collector is told at once
            # What was loaded is counted up to a second late: after VACUUM, autovacuum would think it new.
            cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("VACUUM (ANALYZE, FREEZE) users, events")
        with suppress(psycopg2.errors.InsufficientPrivilege):  # somebody else's database may not allow it
            cursor.execute("CHECKPOINT")


def _copy(cursor: Any, table: str, rows: pa.Table) -> None:
    text = io.BytesIO()
    pyarrow.csv.write_csv(rows, text, pyarrow.csv.WriteOptions(include_header=False))
    text.seek(0)
    cursor.copy_expert(f"COPY {table} ({', '.join(rows.column_names)}) FROM STDIN (FORMAT csv)", text)


def _users(infos: Infos, first_id: int, random: np.random.Generator) -> Iterator[pa.Table]:
    """Yield the users in tables of some megabytes: large infos must not all be in memory at once."""
    for first, texts in infos.batches(random):
        indices = range(first, first + len(texts))
        yield pa.table(
            {
                "id": np.arange(first_id + first, first_id + first + len(texts)),
                "name": [user_name(index) for index in indices],
                "info": texts,
            }
        )


def _events(parameters: DatasetParameters, first_id: int, random: np.random.Generator) -> pa.Table:
    """Return the events in the order in which they happened, so that a user's lie scattered over the table."""
    count = parameters.events
    weights = np.arange(1, parameters.items + 1, dtype=np.float64) ** -parameters.item_exponent
    items = np.searchsorted(np.cumsum(weights / weights.sum()), random.random(count)).clip(
        max=parameters.items - 1
    )
    at = FIRST_EVENT + np.sort(random.integers(0, SPAN_US, count)).astype("timedelta64[us]")
    return pa.table(
        {
            "user_id": random.integers(first_id, first_id + parameters.users, count),
            "item_id": items + 1,
            "amount_cents": np.maximum(1, random.lognormal(7.5, 1.0, count).astype(np.int64)),
            "at": pa.array(at, pa.timestamp("us", "UTC")),
        }
    )
