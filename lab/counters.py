"""The counters that the servers keep themselves, read before and after a leg; a leg's are the differences."""

from dataclasses import dataclass
from typing import Any

import psycopg2
import psycopg2.errors
import redis

from lab.errors import StackError
from lab.stacks.interface import Server, Stack

REDIS_COUNTERS = ("keyspace_hits", "keyspace_misses", "evicted_keys", "expired_keys")
STATEMENT_TIME = """
SELECT coalesce(sum(calls), 0), coalesce(sum(total_exec_time), 0)
FROM pg_stat_statements JOIN pg_database ON pg_database.oid = dbid
WHERE datname = current_database() AND query LIKE %s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """What the servers had counted at one moment, or between two."""

    redis: dict[str, int]
    postgresql: dict[str, float]
    cpu_s: dict[str, float | None]

    def since(self, earlier: "Counters") -> "Counters":
        """Return what came after `earlier`; unknown stays unknown."""
        return Counters(
            redis={name: count - earlier.redis[name] for name, count in self.redis.items()},
            postgresql={name: value - earlier.postgresql[name] for name, value in self.postgresql.items()},
            cpu_s={role: _difference(cpu_s, earlier.cpu_s[role]) for role, cpu_s in self.cpu_s.items()},
        )

    def to_json(self) -> dict[str, Any]:
        """Return the fields as JSON values."""
        return {"redis": self.redis, "postgresql": self.postgresql, "cpu_s": self.cpu_s}


class Witnesses:
    """The lab's own connections to PostgreSQL and Redis, beside those of the services."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        try:
            self._database = psycopg2.connect(stack.endpoints.database_url, connect_timeout=5)
            self.redis = redis.Redis.from_url(stack.endpoints.redis_url, socket_timeout=5)
            self.redis.ping()
        except (psycopg2.OperationalError, redis.RedisError) as error:
            raise StackError(
                f"the stack's servers do not answer ({str(error).strip()}); is the stack up?"
            ) from error
        self._database.autocommit = True
        with self._database.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")

    def close(self) -> None:
        """Close both connections."""
        self._database.close()
        self.redis.close()

    def read(self, operation: str, generator_cpu_s: float | None) -> Counters:
        """Read all counters now; PostgreSQL's are those of the statement of one read.

        Raises:
            StackError: a server has stopped answering.
        """
        try:
            statistics: dict[str, Any] = self.redis.info("stats")
            with self._database.cursor() as cursor:
                cursor.execute(STATEMENT_TIME, (f"%/* read:{operation} */%",))
                calls, exec_time_ms = cursor.fetchone() or (0, 0.0)
        except (psycopg2.Error, redis.RedisError) as error:
            raise StackError(
                f"a server of the stack has stopped answering ({str(error).strip()}); look at its log"
            ) from error
        return Counters(
            redis={name: int(statistics[name]) for name in REDIS_COUNTERS},
            postgresql={"calls": int(calls), "exec_time_ms": float(exec_time_ms)},
            cpu_s={**self._stack.cpu_s(), "generator": generator_cpu_s},
        )

    def servers(self) -> list[Server]:
        """Return the servers that answer, by their own word."""
        with self._database.cursor() as cursor:
            cursor.execute("SHOW server_version")
            (postgresql_version,) = cursor.fetchone() or ("unknown",)
        information: dict[str, Any] = self.redis.info("server")
        # A server that only speaks the protocol reports the Redis version it is compatible with, and its own.
        name = str(information.get("server_name", "redis"))
        version = information.get(f"{name}_version", information.get("redis_version", "unknown"))
        return [
            Server(
                role="postgresql",
                name="PostgreSQL",
                version=str(postgresql_version).split(" ", maxsplit=1)[0],
            ),
            Server(role="redis", name=name.capitalize(), version=str(version)),
        ]


def _difference(later: float | None, earlier: float | None) -> float | None:
    return None if later is None or earlier is None else later - earlier
