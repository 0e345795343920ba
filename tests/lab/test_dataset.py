"""The data set is made from its seed, once, and never over somebody else's rows."""

import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import psycopg2
import psycopg2.extensions
import pytest

import lab.infos
from lab.dataset import DatasetParameters, ensure_dataset
from lab.errors import DatasetError
from lab.infos import Infos, drawn_infos
from lab.stacks.embedded import EmbeddedStack
from loadtests.errors import ValueSizesError
from loadtests.target import user_name

TINY = DatasetParameters(users=50, events=500, items=20)
CHECKSUM = "SELECT md5(string_agg(users::text, '|' ORDER BY id)) FROM users"
EVENTS_CHECKSUM = "SELECT md5(string_agg(events::text, '|' ORDER BY id)) FROM events"


@pytest.fixture
def database(stack: EmbeddedStack) -> Iterator[str]:
    """A database of its own on the running server."""
    server = psycopg2.connect(stack.endpoints.database_url)
    server.autocommit = True
    with server.cursor() as cursor:
        cursor.execute("CREATE DATABASE scratch")
    yield stack.endpoints.database_url.rpartition("/")[0] + "/scratch"
    with server.cursor() as cursor:
        cursor.execute("DROP DATABASE scratch WITH (FORCE)")
    server.close()


def ask(database: str, query: str) -> object:
    connection = psycopg2.connect(database)
    try:
        with connection.cursor() as cursor:
            cursor.execute(query)
            row = cursor.fetchone()
    finally:
        connection.close()
    return row[0] if row else None


def test_it_has_what_was_asked_for(database: str) -> None:
    assert ensure_dataset(database, TINY) is not None
    assert ask(database, "SELECT count(*) FROM users") == 50
    assert ask(database, "SELECT count(*) FROM events") == 500
    assert ask(database, "SELECT name FROM users WHERE id = 1") == "user-000000"
    assert ask(database, "SELECT max(item_id) <= 20 AND min(item_id) >= 1 FROM events") is True
    assert ask(database, "SELECT max(user_id) <= 50 AND min(user_id) >= 1 FROM events") is True


def test_items_are_popular_by_the_law_asked_for(database: str) -> None:
    ensure_dataset(database, replace(TINY, events=50_000, item_exponent=1.0))
    first = ask(database, "SELECT count(*) FROM events WHERE item_id = 1")
    fourth = ask(database, "SELECT count(*) FROM events WHERE item_id = 4")
    assert isinstance(first, int)
    assert isinstance(fourth, int)
    assert first / fourth == pytest.approx(4, rel=0.1)


def test_equal_parameters_are_not_filled_again(database: str) -> None:
    assert ensure_dataset(database, TINY) is not None
    assert ensure_dataset(database, TINY) is None


def test_other_parameters_are(database: str) -> None:
    ensure_dataset(database, TINY)
    before = ask(database, CHECKSUM)
    assert ensure_dataset(database, replace(TINY, seed=2)) is not None
    assert ask(database, CHECKSUM) != before


def test_equal_seeds_make_equal_rows(database: str) -> None:
    ensure_dataset(database, TINY)
    first = ask(database, CHECKSUM), ask(database, EVENTS_CHECKSUM)
    ensure_dataset(database, replace(TINY, seed=2))
    ensure_dataset(database, TINY)
    assert (ask(database, CHECKSUM), ask(database, EVENTS_CHECKSUM)) == first


def test_other_value_sizes_make_another_data_set_with_the_same_events(database: str) -> None:
    ensure_dataset(database, TINY)
    events = ask(database, EVENTS_CHECKSUM)
    assert ask(database, "SELECT min(length(info)) = 120 AND max(length(info)) = 120 FROM users") is True
    assert ensure_dataset(database, replace(TINY, value_sizes="fixed:7")) is not None
    assert ask(database, "SELECT min(length(info)) = 7 AND max(length(info)) = 7 FROM users") is True
    assert ask(database, EVENTS_CHECKSUM) == events
    assert ensure_dataset(database, replace(TINY, value_sizes="fixed:7")) is None


def test_infos_of_several_batches_each_get_their_user(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab.infos, "BATCH_BYTES", 1000)
    ensure_dataset(database, replace(TINY, value_sizes="range:0:900"))
    assert ask(database, "SELECT string_agg(name, ',' ORDER BY id) FROM users") == ",".join(
        user_name(index) for index in range(50)
    )
    sizes = drawn_infos("range:0:900", 50, TINY.seed).sizes_bytes
    assert ask(database, "SELECT array_agg(length(info) ORDER BY id) FROM users") == sizes.tolist()


def test_infos_that_are_handed_over_are_those_that_are_made(database: str) -> None:
    infos = Infos(value_sizes="trace:abc", sizes_bytes=np.arange(50))
    parameters = replace(TINY, value_sizes=infos.value_sizes)
    assert ensure_dataset(database, parameters, infos) is not None
    assert ask(database, "SELECT array_agg(length(info) ORDER BY id) FROM users") == list(range(50))
    assert ensure_dataset(database, parameters, infos) is None


def test_the_indexes_are_there_afterwards(database: str) -> None:
    ensure_dataset(database, TINY)
    assert ask(database, "SELECT count(*) FROM pg_indexes WHERE tablename = 'events'") == 2


def test_nothing_is_left_for_autovacuum_to_do(database: str) -> None:
    ensure_dataset(database, TINY)
    alone = "SELECT count(*) = 1 FROM pg_stat_activity WHERE datname = current_database()"
    deadline = time.monotonic() + 10
    while not ask(database, alone):  # a session tells what it counted when it ends, at the latest
        assert time.monotonic() < deadline
    new_rows = (
        "SELECT sum(n_ins_since_vacuum + n_mod_since_analyze) FROM pg_stat_user_tables WHERE relname = 'events'"
    )
    assert ask(database, new_rows) == 0


def test_what_writes_have_left_behind_is_cleared_before_the_next_run(database: str) -> None:
    ensure_dataset(database, TINY)
    connection = psycopg2.connect(database)
    with connection, connection.cursor() as cursor:
        cursor.execute("UPDATE users SET version = version + 1")
    connection.close()
    dead = "SELECT n_dead_tup FROM pg_stat_user_tables WHERE relname = 'users'"
    deadline = time.monotonic() + 10
    while not ask(database, dead):  # told when the session ends, at the latest
        assert time.monotonic() < deadline
    assert ensure_dataset(database, TINY) is None
    assert ask(database, dead) == 0


def test_users_that_the_lab_did_not_make_are_left_alone(database: str) -> None:
    ensure_dataset(database, TINY)
    connection: psycopg2.extensions.connection = psycopg2.connect(database)
    with connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO users (name, info) VALUES ('ada', 'first')")
    connection.close()
    ensure_dataset(database, replace(TINY, users=60))
    assert ask(database, "SELECT info FROM users WHERE name = 'ada'") == "first"
    assert ask(database, "SELECT count(*) FROM users") == 61
    assert ask(database, "SELECT count(*) FROM events JOIN users ON users.id = user_id WHERE name = 'ada'") == 0
    assert ask(database, "INSERT INTO users (name, info) VALUES ('bob', '') RETURNING id > 60") is True


@pytest.mark.parametrize("url", ["nonsense", "postgresql://127.0.0.1:notaport/x"])
def test_an_address_that_is_none_is_one_sentence(url: str) -> None:
    with pytest.raises(DatasetError, match="cannot be reached"):
        ensure_dataset(url, TINY)


def test_a_database_that_does_not_answer_is_one_sentence() -> None:
    with pytest.raises(DatasetError, match="is the stack up"):
        ensure_dataset("postgresql://postgres@127.0.0.1:1/postgres", TINY)


def test_a_data_set_of_nobody_is_refused() -> None:
    with pytest.raises(DatasetError, match="users, not 0"):
        DatasetParameters(users=0)


def test_value_sizes_are_checked_where_the_parameters_are_made() -> None:
    with pytest.raises(ValueSizesError, match="size in bytes"):
        DatasetParameters(value_sizes="fixed:-1")
