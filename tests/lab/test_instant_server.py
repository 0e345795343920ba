"""The instant server answers every whole request once, in whatever pieces requests come and answers go."""

import socket
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.calibration.instant_server import ANSWER, HEAD_LIMIT_BYTES
from lab.experiments.calibrate import instant_server
from loadtests.outcome import Outcome, outcome_of
from tests.lab.processes import processes_naming

GET = b"GET /user/user-000001 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """A server process of its own."""
    with instant_server(tmp_path / "instant-server.log") as running:
        yield running


def connected(url: str, receive_buffer_bytes: int | None = None) -> socket.socket:
    host, port = url.removeprefix("http://").split(":")
    client = socket.socket()
    client.settimeout(10)
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if receive_buffer_bytes is not None:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer_bytes)
    client.connect((host, int(port)))
    return client


def received(client: socket.socket, size: int) -> bytes:
    """Return what comes, up to `size` bytes, or less where the server closes first."""
    chunks, missing = [], size
    while missing > 0 and (chunk := client.recv(1 << 16)):
        chunks.append(chunk)
        missing -= len(chunk)
    return b"".join(chunks)


def test_an_answer_is_a_hit_with_all_that_a_sample_is_made_of(url: str) -> None:
    with urllib.request.urlopen(f"{url}/user/user-000001", timeout=10) as answer:
        assert answer.status == 200
        assert outcome_of(answer.headers["cache-status"].encode()) is Outcome.HIT
        assert answer.headers["etag"] == 'W/"1"'
        assert "app;dur=" in answer.headers["server-timing"]
        assert len(answer.read()) == int(answer.headers["content-length"])


def test_a_connection_serves_one_request_after_the_other(url: str) -> None:
    with connected(url) as client:
        for _ in range(3):
            client.sendall(GET)
            assert received(client, len(ANSWER)) == ANSWER


def test_requests_that_come_together_are_each_answered(url: str) -> None:
    with connected(url) as client:
        client.sendall(GET * 5 + GET[:10])
        assert received(client, 5 * len(ANSWER)) == 5 * ANSWER
        client.sendall(GET[10:])
        assert received(client, len(ANSWER)) == ANSWER


def test_a_request_in_pieces_is_answered_once(url: str) -> None:
    with connected(url) as client:
        for byte in GET:
            client.sendall(bytes([byte]))
        client.shutdown(socket.SHUT_WR)
        assert received(client, 2 * len(ANSWER)) == ANSWER


def test_answers_wait_for_a_slow_reader_and_none_is_lost(url: str) -> None:
    count = 20_000  # of their answers only a fraction fits between the two ends
    with connected(url, receive_buffer_bytes=4096) as client:
        sender = threading.Thread(target=client.sendall, args=(GET * count,))
        sender.start()
        assert received(client, count * len(ANSWER)) == count * ANSWER
        sender.join()
        client.sendall(GET)
        assert received(client, len(ANSWER)) == ANSWER


def test_a_head_without_end_costs_the_connection_and_nobody_elses(url: str) -> None:
    with connected(url) as endless, connected(url) as other:
        with pytest.raises(ConnectionError):
            for _ in range(1_000):
                endless.sendall(b"x" * HEAD_LIMIT_BYTES)
        other.sendall(GET)
        assert received(other, len(ANSWER)) == ANSWER


def test_nothing_is_left_running(tmp_path: Path) -> None:
    with instant_server(tmp_path / "log") as url:
        server = f"lab.calibration.instant_server {url.rsplit(':', maxsplit=1)[1]}"
        assert processes_naming(server)
    assert not processes_naming(server)
