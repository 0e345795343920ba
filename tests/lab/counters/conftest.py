"""What somebody else does beside the lab: clients of their own, and processes that are not below the lab."""

from collections.abc import Iterator

import psutil
import psycopg2
import psycopg2.extensions
import pytest
import redis

from lab.stacks.embedded import EmbeddedStack
from tests.lab.processes import HOG, detached


@pytest.fixture
def foreign_redis(stack: EmbeddedStack) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(stack.endpoints.redis_url, single_connection_client=True) as client:
        client.ping()
        yield client


@pytest.fixture
def foreign_database(stack: EmbeddedStack) -> Iterator[psycopg2.extensions.connection]:
    connection = psycopg2.connect(stack.endpoints.database_url)
    connection.autocommit = True
    yield connection
    connection.close()


@pytest.fixture
def foreign_hog() -> Iterator[psutil.Process]:
    """A process that uses a core, and that nobody can find below the lab: its parent has gone."""
    with detached(HOG) as hog:
        yield hog


def wait_for_cpu_s(process: psutil.Process, seconds: float) -> None:
    """Wait until a process has used so much more CPU time, however long that takes."""
    goal = _cpu_s(process) + seconds
    while _cpu_s(process) < goal:
        pass


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
