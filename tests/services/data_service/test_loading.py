"""The three reads against a small data set whose answers are known."""

import json
import math
from time import monotonic_ns

import pytest

from lab.stacks.postgres import PostgresServer
from services.data_service.reads import Reads
from services.shared.database import Database
from services.shared.keys import Read
from tests.services.conftest import Sql


@pytest.fixture
def reads(postgres: PostgresServer, sql: Sql) -> Reads:
    """Ada bought items 1 (twice), 2 and 3; bob 1 and 2; eve 3; carl nothing that she has."""
    sql("INSERT INTO users (name, info) VALUES ('ada', 'a'), ('bob', 'b'), ('eve', 'e'), ('carl', 'c')")
    sql(
        """
        INSERT INTO events (user_id, item_id, amount_cents, at) VALUES
            (1, 1, 100, '2026-01-05T00:00Z'), (1, 1, 300, '2026-02-05T00:00Z'),
            (1, 2, 500, '2026-02-06T00:00Z'), (1, 3, 900, '2026-02-07T00:00Z'),
            (2, 1, 200, '2026-01-01T00:00Z'), (2, 2, 700, '2026-01-02T00:00Z'),
            (3, 3, 100, '2026-01-03T00:00Z'), (4, 9, 100, '2026-01-04T00:00Z')
        """
    )
    return Reads(Database(postgres.url, application_name="test"), monotonic_ns)


def load(reads: Reads, read: Read, name: str) -> dict:
    loaded = reads.load(read, name)
    assert loaded.body is not None
    assert loaded.db_ns > 0
    assert loaded.encode_ns > 0
    return dict(json.loads(loaded.body))


def test_user_is_the_row(reads: Reads) -> None:
    assert load(reads, "user", "ada") == {"name": "ada", "info": "a", "version": 1}


def test_activity_counts_sums_and_lists(reads: Reads) -> None:
    activity = load(reads, "activity", "ada")

    assert (activity["events"], activity["items"], activity["spent_cents"]) == (4, 3, 1800)
    assert activity["first_at"].startswith("2026-01-05")
    assert activity["last_at"].startswith("2026-02-07")
    assert activity["months"] == [
        {"month": "2026-02", "events": 3, "spent_cents": 1700},
        {"month": "2026-01", "events": 1, "spent_cents": 100},
    ]
    assert [event["item_id"] for event in activity["latest"]] == [3, 2, 1, 1]
    assert [event["amount_cents"] for event in activity["dearest"]] == [900, 500, 300, 100]
    assert (activity["latest"][2]["buyers"], activity["latest"][2]["average_cents"]) == (2, 200)


def test_similar_ranks_by_shared_items_where_rare_ones_count_for_more(reads: Reads) -> None:
    similar = load(reads, "similar", "ada")

    assert similar["items"] == 3
    assert [(other["name"], other["shared_items"]) for other in similar["similar"]] == [("bob", 2), ("eve", 1)]
    assert similar["similar"][0]["score"] == pytest.approx(2 / math.log(3), abs=0.0001)


def test_a_user_without_events_has_empty_answers(reads: Reads, sql: Sql) -> None:
    sql("INSERT INTO users (name, info) VALUES ('new', '')")
    activity, similar = load(reads, "activity", "new"), load(reads, "similar", "new")

    assert (activity["events"], activity["spent_cents"], activity["first_at"]) == (0, 0, None)
    assert (activity["months"], activity["latest"], activity["dearest"]) == ([], [], [])
    assert (similar["items"], similar["similar"]) == (0, [])


@pytest.mark.parametrize("read", ["user", "activity", "similar"])
def test_an_unknown_user_is_nothing(reads: Reads, read: Read) -> None:
    loaded = reads.load(read, "nobody")

    assert (loaded.body, loaded.version) == (None, None)
