"""A small HTTP/1.1 service for tests of the load: it answers as it is told, per path, and counts what it sees."""

import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

CONTENT_LENGTH = re.compile(r"^content-length: *(\d+)", re.MULTILINE | re.IGNORECASE)
Answer = Callable[[str, str], bytes]  # (path, whole head of the request) → raw bytes of the answer

HIT = (
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nCache-Status: stub; hit; ttl=9\r\n"
    b'Server-Timing: redis;dur=0.250, app;dur=0.500\r\nETag: W/"7"\r\n\r\n{}'
)


@dataclass
class StubService:
    """The running stub: where it listens and what it has seen."""

    url: str
    heads: list[str] = field(default_factory=list)
    arrived_s: list[float] = field(default_factory=list)
    connections: int = 0

    @property
    def paths(self) -> Counter[str]:
        """How often each path was asked for."""
        return Counter(head.split(" ")[1] for head in self.heads)

    @property
    def steady_rate_rps(self) -> float:
        """Arrivals a second over the middle half, where nobody is starting or stopping any more."""
        quarter = len(self.arrived_s) // 4
        middle = sorted(self.arrived_s)[quarter:-quarter]
        return (len(middle) - 1) / (middle[-1] - middle[0])


@contextmanager
def stub_service(answer: Answer = lambda path, head: HIT, host: str = "127.0.0.1") -> Iterator[StubService]:
    """Serve until the block ends; an answer without a length closes its connection."""
    listener = socket.create_server((host, 0), backlog=4096)
    stub = StubService(url=f"http://{host}:{listener.getsockname()[1]}")
    threading.Thread(target=_accept, args=(listener, stub, answer), daemon=True).start()
    try:
        yield stub
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def _accept(listener: socket.socket, stub: StubService, answer: Answer) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        stub.connections += 1
        threading.Thread(target=_serve, args=(connection, stub, answer), daemon=True).start()


def _serve(connection: socket.socket, stub: StubService, answer: Answer) -> None:
    with connection:
        received = b""
        while True:
            while b"\r\n\r\n" not in received:
                try:
                    more = connection.recv(65536)
                except OSError:
                    return
                if not more:
                    return
                received += more
            head, _, received = received.partition(b"\r\n\r\n")
            text = head.decode()
            body_bytes = int(found[1]) if (found := CONTENT_LENGTH.search(text)) else 0
            while len(received) < body_bytes:
                if not (more := connection.recv(65536)):
                    return
                received += more
            received = received[body_bytes:]
            stub.heads.append(text)
            stub.arrived_s.append(time.monotonic())
            raw = answer(text.split(" ")[1], text)
            try:
                connection.sendall(raw)
            except OSError:
                return
            lower = raw.lower()
            if b"content-length" not in lower and b"chunked" not in lower:
                return


def slow(seconds: float, raw: bytes = HIT) -> Answer:
    """Answer `raw` after a while."""

    def answer(path: str, head: str) -> bytes:
        time.sleep(seconds)
        return raw

    return answer
