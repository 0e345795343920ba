"""The lab's own connections to PostgreSQL and Redis, beside those of the services, and its look at the host."""

import time
from typing import Any, cast

import psycopg2
import psycopg2.errors
import redis

from lab.counters.cpu import own_pids, read_cpu
from lab.counters.host import read_host
from lab.counters.postgresql import read_postgresql
from lab.counters.reading import Reading
from lab.counters.redis import CountingRedis, read_redis
from lab.errors import StackError
from lab.processes import read_processes
from lab.stacks.interface import Server, Stack


class Witnesses:
    """Reads everything that is counted beside the load."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        try:
            self._database = psycopg2.connect(stack.endpoints.database_url, connect_timeout=5)
            self.redis = cast("CountingRedis", CountingRedis.from_url(stack.endpoints.redis_url, socket_timeout=5))
            self.redis.ping()
        except (psycopg2.OperationalError, redis.RedisError) as error:
            raise StackError(
                f"the stack's servers do not answer ({str(error).strip()}); is the stack up?"
            ) from error
        self._database.autocommit = True
        try:
            with self._database.cursor() as cursor:
                cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        except psycopg2.Error:
            if self._database.closed:
                raise
            # Not ours to make; without it there is no PostgreSQL witness, and the analysis says so.

    def close(self) -> None:
        """Close both connections."""
        self._database.close()
        self.redis.close()

    def read(self, operation: str, generator_cpu_s: float | None) -> Reading:
        """Read all counters now; PostgreSQL's are those of the statement of one read.

        Raises:
            StackError: a server has stopped answering.
        """
        began = time.perf_counter()
        try:
            redis_reading = read_redis(self.redis)
            postgresql = read_postgresql(self._database, operation)
        except (psycopg2.Error, redis.RedisError) as error:
            raise StackError(
                f"a server of the stack has stopped answering ({str(error).strip()}); look at its log"
            ) from error
        processes = read_processes()
        # The host and the processes one right after the other: what others used is the difference of the two.
        host = read_host(own_pids(processes), self._stack.containers.values())
        cpu = read_cpu(self._stack, processes, generator_cpu_s)
        return Reading(
            redis=redis_reading,
            postgresql=postgresql,
            cpu=cpu,
            host=host,
            reading_s=time.perf_counter() - began,
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
