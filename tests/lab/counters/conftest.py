"""What somebody else does beside the lab: clients of their own, and processes that are not below the lab."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil
import psycopg2
import psycopg2.extensions
import pytest
import redis

from lab.stacks.embedded import EmbeddedStack

# It ends by itself, should the test be killed.
HOG = "import time; end = time.monotonic() + 60\nwhile time.monotonic() < end: pass"
StartHog = Callable[[], psutil.Process]


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
    with _detached(HOG) as hog:
        yield hog


@contextmanager
def _detached(program: str) -> Iterator[psutil.Process]:
    started = subprocess.run(
        ["sh", "-c", '"$0" -c "$1" >/dev/null 2>&1 & echo $!', sys.executable, program],
        capture_output=True,
        text=True,
        check=True,
    )
    process = psutil.Process(int(started.stdout))
    try:
        yield process
    finally:
        os.kill(process.pid, signal.SIGKILL)


def wait_for_cpu_s(process: psutil.Process, seconds: float) -> None:
    """Wait until a process has used so much more CPU time, however long that takes."""
    goal = _cpu_s(process) + seconds
    while _cpu_s(process) < goal:
        pass


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
