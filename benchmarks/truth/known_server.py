"""The server of known latency as the benchmark handles it: started, told its delays, stopped a while, asked."""

import http.client
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil
from numpy.typing import NDArray

from benchmarks.truth.cases import DELAY_SIGMA, MEAN_DELAY_S, SLOTS
from lab.server_process import ServerProcess
from lab.stacks.ports import LOOPBACK, free_port

START_TIMEOUT_S = 15.0
ANSWER_TIMEOUT_S = 10.0

Log = NDArray[np.int64]
"""Columns came_ns, left_ns (CLOCK_MONOTONIC) and delay_ns (as drawn); a row a request, in order of coming."""


class KnownServer:
    """A running server."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.url = f"http://{LOOPBACK}:{port}"
        self._pid = 0

    def answers(self) -> bool:
        """Return whether it is up."""
        try:
            self._get("/warm-up")
        except OSError:
            return False
        return True

    @property
    def stopped(self) -> bool:
        """Whether it stands still."""
        return bool(psutil.Process(self._pid).status() == psutil.STATUS_STOPPED)

    def begin(self, seed: int) -> None:
        """Start an empty log and draw delays from `seed` on."""
        order = f"/-/begin?slots={SLOTS}&seed={seed}&mean_ns={MEAN_DELAY_S * 1e9}&sigma={DELAY_SIGMA}"
        self._pid = int(self._get(order))

    def take(self) -> Log:
        """Return the log since `begin`."""
        log = np.frombuffer(self._get("/-/take"), dtype=np.int64).reshape(-1, 3)
        return log[np.argsort(log[:, 0], kind="stable")]

    @contextmanager
    def stalled(self, after_s: float, stall_s: float) -> Iterator[None]:
        """Stop the server once within the block, `after_s` from now and for `stall_s`; 0 is not at all."""
        cancelled = threading.Event()
        stall = threading.Thread(target=self._stall, args=(after_s, stall_s, cancelled))
        if stall_s:
            stall.start()
        try:
            yield
        finally:
            cancelled.set()
            if stall_s:
                stall.join()

    def _stall(self, after_s: float, stall_s: float, cancelled: threading.Event) -> None:
        if not cancelled.wait(after_s):
            os.kill(self._pid, signal.SIGSTOP)
            cancelled.wait(stall_s)
            os.kill(self._pid, signal.SIGCONT)

    def _get(self, path: str) -> bytes:
        connection = http.client.HTTPConnection(LOOPBACK, self._port, timeout=ANSWER_TIMEOUT_S)
        try:
            connection.request("GET", path)
            return connection.getresponse().read()
        finally:
            connection.close()


@contextmanager
def running_server(folder: Path) -> Iterator[KnownServer]:
    """Start a server, at the niceness of all the lab's servers, and stop it."""
    port = free_port()
    server = KnownServer(port)
    process = ServerProcess(
        name="the server of known latency",
        command=[sys.executable, "-m", "benchmarks.truth.server", str(port)],
        log=folder / "server.log",
        environment=python_environment(),
    )
    process.start()
    try:
        process.wait_until(server.answers, START_TIMEOUT_S)
        yield server
    finally:
        process.stop()


def python_environment() -> dict[str, str]:
    """Return an environment in which this project's modules are found, wherever the benchmark was called from."""
    root = str(Path(__file__).resolve().parents[2])
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))}
