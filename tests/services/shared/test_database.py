import logging
import os
import threading

import pytest

from lab.stacks.ports import free_port
from lab.stacks.postgres import PostgresServer
from services.shared.database import HEALTH, Database, Statement
from services.shared.errors import DatabaseError
from tests.services.conftest import Sql

BACKEND = Statement("backend", "SELECT pg_backend_pid()", parameters=0)
INSERT = Statement("insert_user", "INSERT INTO users (name, info) VALUES ($1, '') RETURNING id")


@pytest.fixture
def database(postgres: PostgresServer, sql: Sql) -> Database:
    return Database(postgres.url, application_name="test")


def backend(database: Database) -> int:
    return int(database.read(BACKEND)[0][0])


def test_a_thread_keeps_its_connection(database: Database) -> None:
    assert backend(database) == backend(database)


def test_threads_never_share_a_connection(database: Database) -> None:
    seen: list[int] = []
    barrier = threading.Barrier(4)

    def work() -> None:
        first = backend(database)
        barrier.wait()
        assert backend(database) == first
        seen.append(first)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(seen)) == 4


def test_a_forked_child_connects_anew_and_leaves_its_parent_connected(database: Database) -> None:
    parents = backend(database)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, str(backend(database)).encode())
        database._sessions.drop()  # what a child does when it ends in order: destroy what it inherited
        os._exit(0)
    os.waitpid(child, 0)

    assert int(os.read(reader, 20)) != parents
    assert backend(database) == parents


def test_a_read_survives_a_lost_connection(database: Database, sql: Sql) -> None:
    lost = backend(database)
    sql("SELECT pg_terminate_backend(%s)", lost)

    assert backend(database) != lost


def test_a_write_is_never_repeated(database: Database, sql: Sql) -> None:
    sql("SELECT pg_terminate_backend(%s)", backend(database))

    with pytest.raises(DatabaseError):
        database.write(INSERT, "ada")

    assert sql("SELECT count(*) FROM users") == [(0,)]
    assert database.write(INSERT, "ada") == [(1,)]


def test_a_server_that_is_down_is_reported_once_and_so_is_its_return(
    postgres: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    database = Database(f"postgresql://postgres@127.0.0.1:{free_port()}/postgres", application_name="test")
    for _ in range(3):
        with pytest.raises(DatabaseError):
            database.check()
    database._url = postgres.url
    database.check()
    database.check()

    assert [record.getMessage() for record in caplog.records] == ["server_does_not_answer", "server_answers_again"]


def test_each_statement_is_counted_under_its_tag(database: Database, sql: Sql) -> None:
    database.check()
    sql("SELECT pg_stat_statements_reset()")
    for _ in range(7):
        database.read(HEALTH)

    assert sql("SELECT calls FROM pg_stat_statements WHERE query LIKE '%%/* health */%%'") == [(7,)]
