"""An HTTP server that knows how long it really kept every request: `python -m benchmarks.truth.server PORT`.

It is a queue of the textbook: requests wait in the order they came for one of a few slots, and each keeps its
slot for a delay drawn from a seeded distribution. What it measures it measures itself: a request has come when
the kernel received it (SO_TIMESTAMPNS), asleep or stopped as the server may have been, and it is over when its
answer is handed to the kernel. The difference is in the header `X-Kept-Ns` and in a log that `take` empties.

It runs in a process of its own, on epoll and a timerfd, and shares no code with the generator that it judges.
"""

import ctypes
import heapq
import os
import select
import socket
import struct
import sys
import time
from array import array
from collections import deque
from collections.abc import Callable, Iterator
from urllib.parse import parse_qsl, urlsplit

import numpy as np

CONTROL = b"GET /-/"
FREE = b"GET /warm-up"  # answered at once and not logged: for opening connections
SO_TIMESTAMPNS = 35  # not in Python's socket module; the same number on x86-64 and ARM
TIMESPEC = struct.Struct("ll")
TFD_TIMER_ABSTIME = 1
NS = 1_000_000_000
DRAWN_AT_A_TIME = 4096
OK = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b"
ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nCache-Status: truth; hit\r\n"
    b"Server-Timing: app;dur=%.3f\r\nX-Kept-Ns: %d\r\n\r\n{}"
)

monotonic_ns = time.monotonic_ns


class Timer:
    """A timerfd, which epoll watches; Python binds it from 3.13 on only."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self.fd = self._libc.timerfd_create(time.CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC)
        if self.fd < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create failed")

    def arm(self, at_ns: int) -> None:
        """Make the descriptor readable at `at_ns`, at once if that has passed."""
        interval_and_time = TIMESPEC.pack(0, 0) + TIMESPEC.pack(*divmod(at_ns, NS))
        self._libc.timerfd_settime(self.fd, TFD_TIMER_ABSTIME, interval_and_time, None)


def delays_ns(seed: int, mean_ns: float, sigma: float) -> Iterator[int]:
    """Yield log-normal delays without end; `sigma` is the deviation of their logarithm, 0 makes them equal."""
    random = np.random.default_rng(seed)
    location = np.log(mean_ns) - sigma**2 / 2
    while True:
        yield from random.lognormal(location, sigma, DRAWN_AT_A_TIME).astype(np.int64).tolist()


class Server:
    """Serves one port for ever.

    The log holds three whole numbers a request, in the order of departure: when it came and when it left (ns of
    CLOCK_MONOTONIC), and the delay drawn for it (ns).
    """

    def __init__(self, port: int) -> None:
        self._epoll = select.epoll()
        self._timer = Timer()
        self._epoll.register(self._timer.fd, select.EPOLLIN)
        self._callbacks: dict[int, Callable[[], None]] = {self._timer.fd: self._finish_due}
        self._listener = socket.create_server(("127.0.0.1", port), backlog=1024)
        # Its connections inherit it: a first request may be there before one of them is accepted.
        self._listener.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._watch(self._listener, self._accept)
        self._waiting: deque[tuple[socket.socket, int]] = deque()
        self._served: list[tuple[int, int, int, socket.socket, int]] = []  # a heap by finish, then number
        self._number = 0
        self._begin(slots=1, seed=0, mean_ns=1.0, sigma=0.0)

    def serve(self) -> None:
        """Handle events until killed."""
        while True:
            for fd, _ in self._epoll.poll():
                callback = self._callbacks.get(fd)
                if callback is not None:
                    callback()

    def _begin(self, *, slots: int, seed: int, mean_ns: float, sigma: float) -> None:
        self._free = slots
        self._delays = delays_ns(seed, mean_ns, sigma)
        self._log = array("q")

    # --- connections

    def _watch(self, watched: socket.socket, callback: Callable[[], None]) -> None:
        watched.setblocking(False)
        self._callbacks[watched.fileno()] = callback
        self._epoll.register(watched.fileno(), select.EPOLLIN)

    def _accept(self) -> None:
        connection, _ = self._listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._watch(connection, lambda: self._readable(connection))

    def _readable(self, connection: socket.socket) -> None:
        try:
            received, ancillary, _, _ = connection.recvmsg(65536, 64)
        except ConnectionResetError:
            received = b""
        if not received:
            self._epoll.unregister(connection.fileno())
            del self._callbacks[connection.fileno()]
            connection.close()
        elif received.startswith(CONTROL):
            connection.sendall(_ok(self._control(received)))
        elif received.startswith(FREE):
            connection.sendall(_ok(b"{}"))
        else:
            self._waiting.append((connection, _received_ns(ancillary[0][2])))
            self._fill_slots()

    def _control(self, request: bytes) -> bytes:
        order = urlsplit(request.split(b" ", 2)[1].decode())
        if order.path == "/-/begin":
            wish = {name: float(value) for name, value in parse_qsl(order.query)}
            self._begin(
                slots=int(wish["slots"]), seed=int(wish["seed"]), mean_ns=wish["mean_ns"], sigma=wish["sigma"]
            )
            return str(os.getpid()).encode()
        log, self._log = self._log, array("q")
        return log.tobytes()

    # --- the queue

    def _fill_slots(self) -> None:
        earliest_ns = self._served[0][0] if self._served else None
        while self._free and self._waiting:
            connection, came_ns = self._waiting.popleft()
            delay_ns = next(self._delays)
            self._free -= 1
            self._number += 1
            heapq.heappush(self._served, (monotonic_ns() + delay_ns, self._number, came_ns, connection, delay_ns))
        if self._served and self._served[0][0] != earliest_ns:
            self._timer.arm(self._served[0][0])

    def _finish_due(self) -> None:
        try:
            os.read(self._timer.fd, 8)
        except BlockingIOError:  # armed anew since epoll saw it
            return
        while self._served and self._served[0][0] <= monotonic_ns():
            _, _, came_ns, connection, delay_ns = heapq.heappop(self._served)
            self._free += 1
            left_ns = monotonic_ns()
            kept_ns = left_ns - came_ns
            try:
                connection.send(ANSWER % (kept_ns / 1e6, kept_ns))
            except OSError:  # the client did not wait
                continue
            self._log.extend((came_ns, left_ns, delay_ns))
        if self._served:
            self._timer.arm(self._served[0][0])
        self._fill_slots()


def _ok(body: bytes) -> bytes:
    return OK % (len(body), body)


def _received_ns(timespec: bytes) -> int:
    """Turn the kernel's stamp, which is of CLOCK_REALTIME, into CLOCK_MONOTONIC."""
    seconds, nanoseconds = TIMESPEC.unpack(timespec)
    return int(seconds * NS + nanoseconds - (time.time_ns() - monotonic_ns()))


if __name__ == "__main__":
    Server(int(sys.argv[1])).serve()
