"""One keep-alive HTTP/1.1 connection, driven by callbacks on gevent's hub.

A request goes out with one system call and its answer is parsed where it arrives; no greenlet is switched to.
Whatever runs here runs in the hub: it must neither block nor wait.
"""

import errno
import time
from collections.abc import Callable
from typing import Any

import httptools
from gevent.hub import get_hub
from gevent.monkey import get_original

from loadtests.head_pattern import FIRST_FINAL_STATUS, HeadPatterns, wanted_name
from loadtests.kernel_stamp import STAMP_BYTES, ask_for_stamps, received_ns
from loadtests.outcome import Outcome, outcome_of
from loadtests.poller import Poller
from loadtests.target import Target

# Locust patches `socket` to switch greenlets; here the plain one is wanted.
PlainSocket: Any = get_original("socket", "socket")
SOCK_STREAM = 1
IPPROTO_TCP, TCP_NODELAY = 6, 1
SOL_SOCKET, SO_ERROR = 1, 4
WRITE = 2
RECEIVE_BYTES = 1 << 16
FIRST_FAILING_STATUS = 400

monotonic_ns = time.monotonic_ns


class Connection:
    """Sends one request at a time and reports each one's end to `on_done`.

    After `on_done` these attributes hold what is known of the request: `intended_ns`, `key` (as given to
    `send`), `sent_ns`, `connected_ns` (0 unless it had to connect first), `done_ns`, `outcome`, `status` (0:
    none came), `server_timing`, `etag` (raw header values or None) and `length_bytes`.

    An answer is done when its last bytes came. `stamped` says by whose clock reading: the kernel's, which received
    them, or this process's, which got round to them; the kernel's costs 2 µs a request.

    Args:
        target: where requests go.
        on_done: called in the hub once a request has ended.
        patterns: the shapes of the target's answers, which connections share.
        poller: says when bytes have come; connections share it.
    """

    __slots__ = (
        "_cache_status", "_fields", "_loop", "_on_done", "_parser", "_parsing", "_patterns", "_poller",
        "_reason", "_received_ns", "_socket", "_target", "_unsent", "_write", "busy", "connected_ns",
        "connects", "done_ns", "etag", "intended_ns", "key", "length_bytes", "outcome", "sent_ns",
        "server_timing", "stamped", "status",
    )  # fmt: skip

    def __init__(
        self, target: Target, on_done: Callable[["Connection"], None], patterns: HeadPatterns, poller: Poller
    ) -> None:
        self._target = target
        self._on_done = on_done
        self._patterns = patterns
        self._poller = poller
        self._loop: Any = get_hub().loop
        self._socket: Any = None
        self._write: Any = None
        self._parser: Any = None
        self._unsent = b""
        self._received_ns = 0
        self._start_parsing()
        self._parsing = False
        self.busy = self.stamped = False
        self.connects = 0
        self.intended_ns = self.sent_ns = self.connected_ns = self.done_ns = 0
        self.key = self.status = self.length_bytes = 0
        self.outcome = Outcome.UNKNOWN
        self.server_timing: bytes | None = None
        self.etag: bytes | None = None

    def send(self, request: bytes, intended_ns: int, key: int) -> None:
        """Send `request`, connecting first where there is no connection; `on_done` is called once."""
        self.busy = True
        self.intended_ns = intended_ns
        self.key = key
        self.connected_ns = 0
        self.sent_ns = monotonic_ns()
        if self._socket is None:
            self._connect(request)
            return
        try:
            sent = self._socket.send(request)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._fail(Outcome.RESET)
            return
        if sent < len(request):
            self._wait_to_write(request[sent:])

    def abort(self, outcome: Outcome) -> None:
        """End the request under way with `outcome` and drop the connection, whose answer may still come."""
        self._fail(outcome)

    def close(self) -> None:
        """Close without a word to `on_done`; a later `send` connects again."""
        self.busy = self._parsing = False
        if self._write is not None:
            self._write.stop()
            self._write.close()
        if self._socket is not None:
            self._poller.forget(self._socket.fileno())
            self._socket.close()
        self._socket = self._write = self._parser = None

    def stamp(self, *, by_kernel: bool) -> None:
        """Choose whose clock reading says when an answer came, from the next one on."""
        self.stamped = by_kernel
        if self._socket is not None:
            ask_for_stamps(self._socket, wanted=by_kernel)

    # --- connecting and writing

    def _connect(self, request: bytes) -> None:
        self.connects += 1
        self._socket = PlainSocket(self._target.family, SOCK_STREAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
        ask_for_stamps(self._socket, wanted=self.stamped)
        self._parser = httptools.HttpResponseParser(self)
        self._write = self._loop.io(self._socket.fileno(), WRITE)
        code = self._socket.connect_ex(self._target.address)
        if code not in (0, errno.EINPROGRESS):
            # From the loop, not from here: a target that refuses would have `send` call itself without end.
            self._loop.run_callback(self._fail, _connect_outcome(code))
            return
        self._unsent = request
        self._write.start(self._connected)

    def _connected(self) -> None:
        self._write.stop()
        code = self._socket.getsockopt(SOL_SOCKET, SO_ERROR)
        if code:
            self._fail(_connect_outcome(code))
            return
        self.connected_ns = monotonic_ns()
        self._poller.watch(self._socket.fileno(), self._readable)
        self._writable()

    def _wait_to_write(self, unsent: bytes) -> None:
        self._unsent = unsent
        self._write.start(self._writable)

    def _writable(self) -> None:
        try:
            sent = self._socket.send(self._unsent)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._fail(Outcome.RESET)
            return
        self._unsent = self._unsent[sent:]
        if self._unsent:
            self._write.start(self._writable)
        else:
            self._write.stop()

    # --- reading

    def _readable(self) -> None:
        try:
            if self.stamped:
                received, ancillary, _, _ = self._socket.recvmsg(RECEIVE_BYTES, STAMP_BYTES)
                self._received_ns = received_ns(ancillary, self.sent_ns)
            else:
                received = self._socket.recv(RECEIVE_BYTES)
                self._received_ns = monotonic_ns()
        except BlockingIOError:
            return
        except OSError:
            received = b""
            self._received_ns = monotonic_ns()
        if not received:
            self._closed_by_service()
        elif self._parsing or not self.busy or not self._recognised(received):
            self._parse(received)

    def _recognised(self, received: bytes) -> bool:
        """End the request if `received` is one whole answer of a known shape, and nothing else."""
        for match, status, places in self._patterns.shapes:
            head = match(received)
            if head is not None:
                length, cache_status, self.server_timing, self.etag = head.group(*places)
                self.length_bytes = body_bytes = int(length)
                if head.end() + body_bytes != len(received):
                    return False
                self.status = status
                self.outcome = outcome_of(cache_status) if status < FIRST_FAILING_STATUS else Outcome.ERROR
                self.done_ns = self._received_ns
                self.busy = False
                self._on_done(self)
                return True
        return False

    def _parse(self, received: bytes) -> None:
        if not self._parsing:
            self._start_parsing()
        try:
            self._parser.feed_data(received)
        except httptools.HttpParserError:
            self._fail(Outcome.ERROR)

    def _start_parsing(self) -> None:
        self._parsing = True
        self._reason = b""
        self._fields: list[tuple[bytes, bytes]] = []
        self._cache_status: bytes | None = None
        self.server_timing = self.etag = None
        self.status = self.length_bytes = 0

    def _closed_by_service(self) -> None:
        if not self.busy:
            # An idle connection that the service closes is no failure: the next request connects again.
            self.close()
        elif self._parsing and self.status and not self._framed():
            self._answered(keep=False)  # a body without a length ends where the connection does
        else:
            self._fail(Outcome.RESET)

    def _framed(self) -> bool:
        return any(name.lower() in (b"content-length", b"transfer-encoding") for name, _ in self._fields)

    # --- callbacks of the parser

    def on_status(self, reason: bytes) -> None:
        """Keep the words after the status code."""
        self._reason += reason

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep every field for the shape, and those that a sample needs."""
        self._fields.append((name, value))
        kind = wanted_name(name)
        if kind == b"cache-status":
            # A field in several lines is one list (RFC 9110, section 5.3).
            self._cache_status = value if self._cache_status is None else self._cache_status + b", " + value
        elif kind == b"server-timing":
            self.server_timing = value
        elif kind == b"etag":
            self.etag = value

    def on_headers_complete(self) -> None:
        """Keep the status: from here on, an answer has begun."""
        self.status = self._parser.get_status_code()

    def on_body(self, body: bytes) -> None:
        """Count the body; its content is the service's business."""
        self.length_bytes += len(body)

    def on_message_complete(self) -> None:
        """End the request, unless this was an interim answer (1xx) or one that nobody asked for."""
        if self.status < FIRST_FINAL_STATUS:
            self._start_parsing()
        elif self.busy:
            self._answered(keep=self._parser.should_keep_alive())
        else:
            self.close()

    def _answered(self, *, keep: bool) -> None:
        if keep and self._parser.get_http_version() == "1.1":
            self._patterns.learn(self.status, self._reason, self._fields)
        failed = self.status >= FIRST_FAILING_STATUS
        self._end(Outcome.ERROR if failed else outcome_of(self._cache_status), self._received_ns, keep=keep)

    def _fail(self, outcome: Outcome) -> None:
        """End a request that got no whole answer; whatever came of one says nothing."""
        self._start_parsing()
        self._end(outcome, monotonic_ns(), keep=False)

    def _end(self, outcome: Outcome, done_ns: int, *, keep: bool) -> None:
        if not self.busy:
            self.close()
            return
        self.done_ns = done_ns
        self.outcome = outcome
        if keep:
            self.busy = self._parsing = False
        else:
            self.close()
        self._on_done(self)


def _connect_outcome(code: int) -> Outcome:
    return Outcome.REFUSED if code == errno.ECONNREFUSED else Outcome.RESET
