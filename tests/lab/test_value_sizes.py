"""Values of every law arrive in full: in PostgreSQL's row, in Redis's entry, and in the answer."""

import json
import urllib.request
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import psycopg2
import pytest
import redis

from lab.dataset import DatasetParameters, ensure_dataset
from lab.stacks.embedded import EmbeddedStack
from loadtests.target import user_name
from loadtests.value_sizes import parse_value_sizes
from tests.lab.conftest import SMALL

FEW = DatasetParameters(users=40, events=1, items=1)


@pytest.fixture
def refilled(stack: EmbeddedStack) -> Iterator[EmbeddedStack]:
    """The stack of all tests, whose data set may be another for a while."""
    yield stack
    ensure_dataset(stack.endpoints.database_url, SMALL)


def sizes_in_rows(database_url: str) -> list[int]:
    connection = psycopg2.connect(database_url)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT octet_length(info), pg_column_size(info) FROM users ORDER BY id")
            rows = cursor.fetchall()
    finally:
        connection.close()
    assert all(stored >= size for size, stored in rows)  # what lies on disk is not compressed
    return [size for size, _ in rows]


@pytest.mark.parametrize(
    "law", ["fixed:0", "range:1:9000", "weighted:10=1,30000=1", "facebook-etc", "fixed:1048576"]
)
def test_a_value_has_its_size_in_the_row_in_the_entry_and_in_the_answer(refilled: EmbeddedStack, law: str) -> None:
    ensure_dataset(refilled.endpoints.database_url, replace(FEW, value_sizes=law))
    sizes_bytes = parse_value_sizes(law, FEW.seed).of(np.arange(FEW.users)).tolist()
    assert sizes_in_rows(refilled.endpoints.database_url) == sizes_bytes

    cache = redis.Redis.from_url(refilled.endpoints.redis_url)
    cache.flushall()
    for index, size_bytes in enumerate(sizes_bytes):
        name = user_name(index)
        answers = []
        for _ in range(2):
            with urllib.request.urlopen(
                f"{refilled.endpoints.data_service_url}/user/{name}", timeout=10
            ) as answer:
                answers.append(answer.read())
        miss, hit = map(json.loads, answers)
        assert (miss["cached"], hit["cached"]) == (False, True)
        assert len(miss["info"]) == len(hit["info"]) == size_bytes
        document = json.dumps({"name": name, "info": hit["info"], "version": 1})
        assert len(answers[1]) == len(document) - 1 + len(', "cached": true}\n')
        (key,) = cache.keys(f"*:user:{name}")
        head, _, _ = cache.get(key).partition(b"\n")
        assert cache.strlen(key) == len(head) + 1 + len(document)
    cache.flushall()
    cache.close()
