"""Hands requests to connections: on schedule in an open loop, one after the other in a closed one.

One dispatcher a process. A connection is opened by a Locust user and joins it; which request a connection
carries is the dispatcher's choice, so an arrival never waits for the one user that is busy.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from gevent.event import Event
from gevent.hub import get_hub

from loadtests.connection import Connection
from loadtests.head_pattern import HeadPatterns
from loadtests.outcome import Outcome
from loadtests.poller import make_poller
from loadtests.target import Target
from loadtests.timer import NS, make_timer
from loadtests.traffic import Chunk

TIMEOUT_CHECK_S = 0.05

monotonic_ns = time.monotonic_ns


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Where the dispatcher gives up.

    Attributes:
        timeout_s: a request without its whole answer by then ends as a timeout.
        queue_limit: requests that may wait for a connection; the next one is dropped, and counted.
    """

    timeout_s: float = 10.0
    queue_limit: int = 10_000


class Dispatcher:
    """Drives a target over the connections that have joined.

    Args:
        target: where requests go.
        on_ended: called in the hub with the connections whose requests have ended.
        on_dropped: called in the hub with intended time (ns) and key of a request that found the queue full.
        limits: time-out and queue length.
    """

    def __init__(
        self,
        target: Target,
        on_ended: Callable[[Sequence[Connection]], None],
        on_dropped: Callable[[int, int], None],
        limits: Limits | None = None,
    ) -> None:
        self.target = target
        self._on_ended = on_ended
        self._on_dropped = on_dropped
        self._limits = limits or Limits()
        self._patterns = HeadPatterns()
        self._poller = make_poller(self._settle)
        self._connections: list[Connection] = []
        self._active: set[Connection] = set()
        self._ended: list[Connection] = []
        self._idle: deque[Connection] = deque()
        self._waiting: deque[tuple[bytes, int, int]] = deque()
        self._chunks: Iterator[Chunk] = iter(())
        self._chunk = Chunk(None, [], [])
        self._position = 0
        self._start_ns = 0
        self._deadline_ns: int | None = None
        self._running = self._exhausted = self._open_loop = False
        self._failure: Exception | None = None
        self._finished = Event()
        self._joined = Event()
        self._timer = make_timer(self._on_timer)
        self._timeout_check: Any = get_hub().loop.timer(TIMEOUT_CHECK_S, repeat=TIMEOUT_CHECK_S)

    @property
    def connections(self) -> int:
        """Number of connections that have joined."""
        return len(self._connections)

    @property
    def connects(self) -> int:
        """Number of times a connection was opened, first times and reconnects together."""
        return sum(connection.connects for connection in self._connections)

    def join(self) -> Connection:
        """Add a connection; in a running test it gets work at once."""
        connection = Connection(self.target, self._on_done, self._patterns, self._poller)
        connection.stamp(by_kernel=self._open_loop)
        self._connections.append(connection)
        self._joined.set()
        if self._running:
            self._active.add(connection)
            self._next(connection)
        return connection

    def wait_for(self, connections: int) -> None:
        """Wait until that many connections have joined."""
        while len(self._connections) < connections:
            self._joined.wait()
            self._joined.clear()

    def leave(self, connection: Connection) -> None:
        """Take a connection out and close it; a request under way is given up, and recorded by nobody."""
        self._connections.remove(connection)
        self._active.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
        connection.close()

    def start(
        self,
        chunks: Iterator[Chunk],
        *,
        connections: int | None = None,
        duration_s: float | None = None,
        at_ns: int | None = None,
    ) -> int:
        """Begin to send `chunks` over the first `connections` connections and return the start (monotonic ns).

        The start is `at_ns`, an instant agreed with others, or now. An open loop ends with its schedule, a closed
        loop after `duration_s`; without it, with `stop`.
        """
        self._chunks = chunks
        self._exhausted = False
        self._failure = None
        self._finished.clear()
        self._waiting.clear()
        self._load_chunk()  # before the clock starts: drawing keys takes a while
        self._open_loop = self._chunk.offsets_ns is not None
        for connection in self._connections:
            # A closed loop asks how much can be done, at a pace that is this process's own: it counts what it saw.
            connection.stamp(by_kernel=self._open_loop)
        self._active = set(self._connections[:connections])
        self._idle = deque(connection for connection in self._active if not connection.busy)
        self._start_ns = monotonic_ns() if at_ns is None else at_ns
        self._deadline_ns = None if duration_s is None else self._start_ns + int(duration_s * NS)
        self._running = True
        self._timeout_check.start(self._check_timeouts)
        self._timer.arm(self._start_ns)
        return self._start_ns

    def wait(self) -> int:
        """Wait until every request has ended and return the end (monotonic ns).

        Raises:
            Exception: whatever a callback raised; it has stopped the leg.
        """
        self._finished.wait()
        if self._failure is not None:
            raise self._failure
        return monotonic_ns()

    def stop(self) -> None:
        """Send nothing more: what is under way may still end, what waits for a connection is given up.

        A leg of the lab ends by itself, with nothing waiting. Somebody who stops Locust ends the test, and what
        was still to come is no failure of the service.
        """
        self._running = False
        self._exhausted = True
        self._timeout_check.stop()
        self._waiting.clear()
        self._finished.set()

    def close(self) -> None:
        """Stop, and free what belongs to the event loop."""
        self.stop()
        self._timer.close()
        self._poller.close()
        self._timeout_check.close()

    # --- in the hub

    def _on_timer(self) -> None:
        if not self._running:
            return
        try:
            if self._open_loop:
                self._send_due()
            else:
                while self._idle and not self._exhausted:
                    self._next(self._idle.popleft())
            self._finish_if_done()
        except Exception as bug:  # noqa: BLE001 - the hub would print it and go on; `wait` raises it
            self._fail(bug)

    def _send_due(self) -> None:
        now = monotonic_ns()
        while not self._exhausted:
            if self._position == len(self._chunk.keys):
                self._load_chunk()
                continue
            offsets = self._chunk.offsets_ns
            assert offsets is not None, "an open loop's chunks have a schedule"  # noqa: S101
            intended = self._start_ns + offsets[self._position]
            if intended > now:
                now = monotonic_ns()
                if intended > now:
                    self._timer.arm(intended)
                    return
            self._offer(intended)

    def _offer(self, intended_ns: int) -> None:
        position = self._position
        self._position = position + 1
        key, request = self._chunk.keys[position], self._chunk.requests[position]
        if self._idle:
            self._idle.popleft().send(request, intended_ns, key)
        elif len(self._waiting) < self._limits.queue_limit:
            self._waiting.append((request, intended_ns, key))
        else:
            self._on_dropped(intended_ns, key)

    def _on_done(self, connection: Connection) -> None:
        self._ended.append(connection)
        if not self._poller.serving:
            self._settle()

    def _settle(self) -> None:
        """Record the requests that have ended, then give their connections the next.

        In a round all answers are read before anything is sent: no answer's time has the sending of others in it,
        and a service that sleeps is woken once for many requests.
        """
        ended, self._ended = self._ended, []
        try:
            self._on_ended(ended)
            for connection in ended:
                if connection in self._active:
                    self._next(connection)
            if self._exhausted:
                self._finish_if_done()
        except Exception as bug:  # noqa: BLE001 - as in _on_timer
            self._fail(bug)

    def _next(self, connection: Connection) -> None:
        if self._waiting and self._running:
            request, intended_ns, key = self._waiting.popleft()
            connection.send(request, intended_ns, key)
        elif self._open_loop or not self._running:
            self._idle.append(connection)
        else:
            self._send_next_of_closed_loop(connection)

    def _send_next_of_closed_loop(self, connection: Connection) -> None:
        now = monotonic_ns()
        if self._deadline_ns is not None and now >= self._deadline_ns:
            self._exhausted = True
        elif self._position == len(self._chunk.keys):
            self._load_chunk()
        if self._exhausted:
            self._idle.append(connection)
            return
        position = self._position
        self._position = position + 1
        connection.send(self._chunk.requests[position], now, self._chunk.keys[position])

    def _load_chunk(self) -> None:
        chunk = next(self._chunks, None)
        self._position = 0
        if chunk is None:
            self._exhausted = True
        else:
            self._chunk = chunk

    def _finish_if_done(self) -> None:
        if self._exhausted and not self._waiting and len(self._idle) == len(self._active):
            self.stop()

    def _check_timeouts(self) -> None:
        oldest_ns = monotonic_ns() - int(self._limits.timeout_s * NS)
        for connection in list(self._active):
            if connection.busy and connection.sent_ns < oldest_ns:
                connection.abort(Outcome.TIMEOUT)

    def _fail(self, bug: Exception) -> None:
        self._failure = bug
        self.stop()
