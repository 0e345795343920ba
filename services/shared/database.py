"""PostgreSQL as the services use it: prepared statements over one kept connection a thread.

Every statement is one transaction of its own (autocommit), and is prepared once a connection: planning
`activity` and `similar` takes as long as a good part of running them.
"""

from dataclasses import dataclass, field
from typing import Any

import psycopg2
from psycopg2.extensions import connection as Connection  # noqa: N812 - the library's class, named as one

from services.shared.errors import DatabaseError
from services.shared.per_thread import PerThread
from services.shared.reachability import Reachability

CONNECT_TIMEOUT_S = 3

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement by name; its parameters stand in `sql` as $1, $2…, all of type text."""

    name: str
    sql: str
    parameters: int = 1

    @property
    def prepare(self) -> str:
        """The command that prepares it. pg_stat_statements lists executions under this text, tag included."""
        types = f" ({', '.join(['text'] * self.parameters)})" if self.parameters else ""
        return f"PREPARE {self.name}{types} AS {self.sql}"

    @property
    def execute(self) -> str:
        """The command that runs it, with psycopg2's placeholders."""
        return f"EXECUTE {self.name}" + (f" ({', '.join(['%s'] * self.parameters)})" if self.parameters else "")


HEALTH = Statement("health", "SELECT /* health */ 1", parameters=0)


@dataclass(slots=True)
class _Session:
    """A connection, and which statements it has prepared."""

    connection: Connection
    prepared: dict[str, str] = field(default_factory=dict)

    def run(self, statement: Statement, parameters: tuple[str, ...]) -> list[Row]:
        with self.connection.cursor() as cursor:
            execute = self.prepared.get(statement.name)
            if execute is None:
                cursor.execute(statement.prepare)
                execute = self.prepared[statement.name] = statement.execute
            cursor.execute(execute, parameters)
            return cursor.fetchall()


class Database:
    """Runs statements. Raises DatabaseError when PostgreSQL does not answer."""

    def __init__(self, url: str, *, application_name: str) -> None:
        self._url = url
        self._application_name = application_name
        self._sessions = PerThread(self._connect)
        self._reachability = Reachability("postgresql")

    def read(self, statement: Statement, *parameters: str) -> list[Row]:
        """Return a query's rows; after a broken connection, connect and ask once more."""
        try:
            return self._run(statement, parameters)
        except _BrokenConnectionError:
            return self.write(statement, *parameters)

    def write(self, statement: Statement, *parameters: str) -> list[Row]:
        """Return a change's rows. Never repeated: after a broken connection nobody knows if it took place."""
        try:
            return self._run(statement, parameters)
        except _BrokenConnectionError as error:
            self._reachability.failed(error)
            raise

    def check(self) -> None:
        """Raise DatabaseError unless PostgreSQL answers."""
        self.read(HEALTH)

    def _run(self, statement: Statement, parameters: tuple[str, ...]) -> list[Row]:
        session = self._sessions.get()
        try:
            rows = session.run(statement, parameters)
        except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
            if session.connection.closed:
                self._sessions.drop()
                raise _BrokenConnectionError(str(error)) from error
            raise DatabaseError(str(error)) from error
        self._reachability.answered()
        return rows

    def _connect(self) -> _Session:
        try:
            connection = psycopg2.connect(
                self._url,
                application_name=self._application_name,
                connect_timeout=CONNECT_TIMEOUT_S,
                client_encoding="UTF8",
            )
        except psycopg2.OperationalError as error:
            self._reachability.failed(error)
            raise DatabaseError(str(error)) from error
        connection.autocommit = True
        return _Session(connection)


class _BrokenConnectionError(DatabaseError):
    """The connection was lost, before or during a statement."""
