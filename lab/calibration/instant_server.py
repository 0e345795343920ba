"""Answers every request at once with the same hit, `python -m lab.calibration.instant_server PORT`, until ended.

What a response time against it holds is the lab's own part: a round trip over loopback, the generator's
connection, parser and event loop, and how late it sent. No framework, no threads, nothing computed: one recv,
one send.
"""

import gc
import select
import socket
import sys

BODY = b'{"name":"user-000001","cached":true,"info":"answered at once by the lab","version":1}\n'
ANSWER = (
    b"HTTP/1.1 200 OK\r\n"
    b"content-type: application/json\r\n"
    b"cache-status: data-service; hit; ttl=300\r\n"
    b"age: 0\r\n"
    b'etag: W/"1"\r\n'
    # Nothing was looked up and nothing rendered, and so it says.
    b"server-timing: redis;dur=0.000, render;dur=0.000, app;dur=0.000\r\n"
    b"content-length: %d\r\n\r\n%b" % (len(BODY), BODY)
)
END_OF_HEAD = b"\r\n\r\n"  # and of the request: a GET has no body
RECEIVE_BYTES = 1 << 16
HEAD_LIMIT_BYTES = 1 << 16
BACKLOG = 4096


class InstantServer:
    """Serves the connections of one listening socket from one epoll loop."""

    def __init__(self, listener: socket.socket) -> None:
        listener.setblocking(False)
        self._listener = listener
        self._poll = select.epoll()
        self._poll.register(listener.fileno(), select.EPOLLIN)
        self._clients: dict[int, socket.socket] = {}
        self._begun: dict[int, bytes] = {}
        self._unsent: dict[int, bytes] = {}

    def serve(self) -> None:
        """Answer without end."""
        listening = self._listener.fileno()
        while True:
            for descriptor, event in self._poll.poll():
                if descriptor == listening:
                    self._accept()
                elif event & select.EPOLLOUT:
                    self._send_rest(descriptor)
                else:
                    self._receive(descriptor)

    def _accept(self) -> None:
        try:
            client, _ = self._listener.accept()
        except OSError:  # it has gone again
            return
        client.setblocking(False)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._clients[client.fileno()] = client
        self._poll.register(client.fileno(), select.EPOLLIN)

    def _receive(self, descriptor: int) -> None:
        try:
            received = self._clients[descriptor].recv(RECEIVE_BYTES)
        except BlockingIOError:
            return
        except OSError:
            received = b""
        if not received:
            self._close(descriptor)
            return
        if descriptor in self._begun:
            received = self._begun.pop(descriptor) + received
        if received.endswith(END_OF_HEAD):
            self._send(descriptor, ANSWER * received.count(END_OF_HEAD))
        else:
            self._receive_part(descriptor, received)

    def _receive_part(self, descriptor: int, received: bytes) -> None:
        """Answer the whole requests and keep the one that has only begun."""
        whole, end, begun = received.rpartition(END_OF_HEAD)
        if len(begun) > HEAD_LIMIT_BYTES:
            self._close(descriptor)
            return
        self._begun[descriptor] = begun
        if end:
            self._send(descriptor, ANSWER * (whole.count(END_OF_HEAD) + 1))

    def _send(self, descriptor: int, answers: bytes) -> None:
        """Send what goes; the rest goes when it can, and until then nothing more is read."""
        try:
            sent = self._clients[descriptor].send(answers)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._close(descriptor)
            return
        if sent < len(answers):
            self._unsent[descriptor] = answers[sent:]
            self._poll.modify(descriptor, select.EPOLLOUT)

    def _send_rest(self, descriptor: int) -> None:
        self._send(descriptor, self._unsent.pop(descriptor))
        if descriptor in self._clients and descriptor not in self._unsent:
            self._poll.modify(descriptor, select.EPOLLIN)

    def _close(self, descriptor: int) -> None:
        self._begun.pop(descriptor, None)
        self._unsent.pop(descriptor, None)
        self._clients.pop(descriptor).close()  # which also takes it out of the epoll set


def main(arguments: list[str]) -> int:
    """Listen on the loopback port given and serve until a signal ends it."""
    (port,) = arguments
    server = InstantServer(socket.create_server(("127.0.0.1", int(port)), backlog=BACKLOG))
    gc.freeze()
    gc.disable()
    server.serve()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
