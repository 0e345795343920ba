"""The server of known latency says the truth about itself: a real process, asked over plain sockets."""

import http.client
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from benchmarks.truth.cases import SLOTS
from benchmarks.truth.known_server import KnownServer, running_server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[KnownServer]:
    with running_server(tmp_path) as server:
        server.begin(7)
        yield server


def connect(server: KnownServer) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=10)


def test_the_header_says_how_long_the_log_says_and_at_least_the_delay_drawn(server: KnownServer) -> None:
    connection = connect(server)
    stated_ns, seen_ns = [], []
    for _ in range(20):
        sent_ns = time.monotonic_ns()
        connection.request("GET", "/user/x")
        answer = connection.getresponse()
        seen_ns.append(time.monotonic_ns() - sent_ns)
        stated_ns.append(int(answer.headers["X-Kept-Ns"]))
        answer.read()
    connection.close()
    came_ns, left_ns, delay_ns = server.take().T
    assert (left_ns - came_ns).tolist() == stated_ns
    assert (delay_ns <= np.array(stated_ns)).all()
    assert (np.array(stated_ns) <= np.array(seen_ns)).all()


def test_equal_seeds_draw_equal_delays(server: KnownServer) -> None:
    delays = []
    for seed in (3, 3, 4):
        server.begin(seed)
        connection = connect(server)
        for _ in range(5):
            connection.request("GET", "/user/x")
            connection.getresponse().read()
        connection.close()
        delays.append(server.take()[:, 2].tolist())
    assert delays[0] == delays[1] != delays[2]


def test_no_more_are_served_at_once_than_there_are_slots(server: KnownServer) -> None:
    connections = [connect(server) for _ in range(6 * SLOTS)]
    for connection in connections:
        connection.request("GET", "/user/x")
    for connection in connections:
        connection.getresponse().read()
        connection.close()
    came_ns, left_ns, delay_ns = server.take().T
    began_ns = left_ns - delay_ns  # at the latest
    for moment_ns in began_ns:
        assert ((began_ns <= moment_ns) & (moment_ns < left_ns)).sum() <= SLOTS
    assert (left_ns.max() - came_ns.min()) >= delay_ns.sum() / SLOTS


def test_a_request_that_comes_while_the_server_is_stopped_came_then(server: KnownServer) -> None:
    stall_s = 0.4
    connection = connect(server)
    connection.request("GET", "/warm-up")
    connection.getresponse().read()
    with server.stalled(0.0, stall_s):
        while not server.stopped:
            time.sleep(0.001)
        sent_ns = time.monotonic_ns()
        connection.request("GET", "/user/x")
        assert connection.getresponse().status == 200
    connection.close()
    ((came_ns, left_ns, _),) = server.take()
    assert sent_ns <= came_ns <= sent_ns + stall_s * 1e9 / 4
    assert left_ns - came_ns > stall_s * 1e9 / 2
