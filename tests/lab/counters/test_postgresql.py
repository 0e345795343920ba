"""What somebody does to PostgreSQL between two readings is seen; what the lab does is not."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import replace

import psycopg2
import psycopg2.errors
import pytest
from psycopg2.extensions import connection as Connection  # noqa: N812 - the library's class, named as one

from lab.counters import Witnesses
from lab.counters.postgresql import PostgresqlCounters
from lab.counters.reading import Reading
from lab.stacks.embedded import EmbeddedStack
from lab.stacks.external import ExternalStack

TIMEOUT_S = 20.0


def run(database: Connection, *statements: str) -> None:
    with database.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def wait_until_active(database: Connection, query: str) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    with database.cursor() as cursor:
        while True:
            cursor.execute("SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE %s", (query,))
            if cursor.fetchall():
                return
            assert time.monotonic() < deadline


def since(witnesses: Witnesses, before: Reading) -> PostgresqlCounters:
    counted = witnesses.read("user", None).since(before).postgresql
    assert counted is not None
    return counted


def test_the_lab_does_not_see_itself(witnesses: Witnesses) -> None:
    before = witnesses.read("user", None)
    witnesses.read("activity", None)
    counted = since(witnesses, before)
    assert (counted.calls, counted.other_calls, counted.other_exec_time_ms) == (0, 0, 0)
    assert (counted.blocks_hit, counted.blocks_read) == (0, 0)


def test_the_writes_of_user_service_are_counted_apart(witnesses: Witnesses, foreign_database: Connection) -> None:
    update = "UPDATE /* write:update */ users SET info = info WHERE name = 'nobody'"
    run(foreign_database, update)
    before = witnesses.read("user", None)
    run(foreign_database, update, update)
    counted = since(witnesses, before)
    assert (counted.calls, counted.write_calls, counted.other_calls) == (0, 2, 0)
    assert counted.write_exec_time_ms > 0


def test_a_foreign_statement_is_seen_with_its_time(witnesses: Witnesses, foreign_database: Connection) -> None:
    run(foreign_database, "SELECT count(*) FROM users")  # so that its blocks are in memory, whoever asked before
    before = witnesses.read("user", None)
    run(foreign_database, "SELECT pg_sleep(0.05)", "SELECT count(*) FROM users")
    counted = since(witnesses, before)
    assert (counted.calls, counted.other_calls) == (0, 2)
    assert counted.other_exec_time_ms is not None
    assert counted.other_exec_time_ms >= 50
    assert counted.blocks_hit is not None
    assert counted.blocks_hit > 0


def test_a_statement_that_goes_on_counts_with_its_time_so_far(
    stack: EmbeddedStack, witnesses: Witnesses, foreign_database: Connection
) -> None:
    with (
        closing(psycopg2.connect(stack.endpoints.database_url)) as somebodys,
        ThreadPoolExecutor(max_workers=1) as pool,
    ):
        slow = pool.submit(run, somebodys, "/* slow */ SELECT pg_sleep(60)")
        wait_until_active(foreign_database, "/* slow */%")
        before = witnesses.read("user", None)
        run(foreign_database, "SELECT pg_sleep(0.05)")
        during = since(witnesses, before)
        before = witnesses.read("user", None)
        run(foreign_database, f"SELECT pg_cancel_backend({somebodys.info.backend_pid})")
        with pytest.raises(psycopg2.errors.QueryCanceled):
            slow.result()
        cancelled = since(witnesses, before)
    assert during.other_exec_time_ms is not None
    assert during.other_exec_time_ms >= 100  # its own, and as much of the one that goes on
    assert during.other_calls == 1
    assert cancelled.other_exec_time_ms is not None
    assert cancelled.other_exec_time_ms < 60_000


def test_another_read_is_foreign_to_a_read(witnesses: Witnesses, foreign_database: Connection) -> None:
    before = witnesses.read("user", None)
    run(foreign_database, "SELECT /* read:activity */ 1, 2", "SELECT /* read:user */ 1, 2, 3")
    counted = since(witnesses, before)
    assert (counted.calls, counted.other_calls) == (1, 1)


def test_a_statement_in_another_database_is_seen(stack: EmbeddedStack, witnesses: Witnesses) -> None:
    elsewhere = stack.endpoints.database_url.rpartition("/")[0] + "/template1"
    with closing(psycopg2.connect(elsewhere)) as database:
        before = witnesses.read("user", None)
        run(database, "SELECT /* read:user */ 1, 2, 3")
        counted = since(witnesses, before)
    assert (counted.calls, counted.other_calls) == (0, 1)


def test_blocks_that_were_not_in_memory_are_seen(witnesses: Witnesses, foreign_database: Connection) -> None:
    run(foreign_database, "CREATE EXTENSION IF NOT EXISTS pg_buffercache")
    run(foreign_database, "SELECT count(*) FROM events", "SELECT pg_buffercache_evict_all()")
    before = witnesses.read("user", None)
    run(foreign_database, "SELECT count(*) FROM events")
    counted = since(witnesses, before)
    assert counted.blocks_read is not None
    assert counted.blocks_read > 10


def test_a_checkpoint_and_a_vacuum_are_seen(witnesses: Witnesses, foreign_database: Connection) -> None:
    before = witnesses.read("user", None)
    run(foreign_database, "CHECKPOINT", "VACUUM users")
    counted = since(witnesses, before)
    assert counted.checkpoints is not None and counted.autovacuums is not None
    assert counted.checkpoints >= 1
    assert counted.autovacuums >= 1


def test_a_checkpoint_that_is_still_being_written_counts() -> None:
    before = PostgresqlCounters(**dict.fromkeys(PostgresqlCounters.__dataclass_fields__, 100))
    assert before.since(before).checkpoints == 0
    assert replace(before, checkpoint_blocks=130).since(before).checkpoints == 1
    assert replace(before, checkpoint_blocks=130, checkpoints=102).since(before).checkpoints == 2


def test_connections_are_those_at_the_end(stack: EmbeddedStack, witnesses: Witnesses) -> None:
    before = witnesses.read("user", None)
    with ExitStack() as opened:
        for _ in range(7):
            opened.enter_context(closing(psycopg2.connect(stack.endpoints.database_url)))
        counted = since(witnesses, before)
    assert counted.connections is not None
    assert counted.connections >= 8  # and the lab's own
    assert counted.connections_limit == 64


def test_a_server_that_may_not_be_asked_is_unknown(stack: EmbeddedStack, foreign_database: Connection) -> None:
    run(foreign_database, "CREATE ROLE plain LOGIN PASSWORD 'plain'", "CREATE DATABASE bare")
    address = stack.endpoints.database_url.split("@")[1].partition("/")[0]
    endpoints = replace(stack.endpoints, database_url=f"postgresql://plain:plain@{address}/bare")
    plain = Witnesses(ExternalStack(kind="external", endpoints=endpoints))
    try:
        counters = plain.read("user", None).since(plain.read("user", None)).to_json()
    finally:
        plain.close()
        run(foreign_database, "DROP DATABASE bare", "DROP ROLE plain")
    assert counters["postgresql"] is None
    assert counters["redis"]["commands"] == {}


def test_what_a_full_statement_table_forgot_is_unknown() -> None:
    numbers = dict.fromkeys(PostgresqlCounters.__dataclass_fields__, 100)
    full = PostgresqlCounters(**numbers)
    counted = replace(full, other_calls=40).since(full)
    assert counted.other_calls is None
    assert counted.blocks_hit == 0
