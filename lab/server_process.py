"""A server that the lab started: its leash, its log and its processes."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lab.errors import StackError

LEASH = Path(__file__).with_name("leash.py")
POLL_S = 0.02
GRACE_S = 10.0  # more than the services give what is under way
# The generator shares the cores with what it measures. It must be on time, so everything else gives way to it.
NICENESS = 5


@dataclass(kw_only=True)
class ServerProcess:
    """One server, from `start` to `stop`.

    Attributes:
        name: what messages call it.
        command: program and arguments.
        log: file that gets its output, anew at each start.
        environment: its whole environment; None passes on the lab's.
        stop_signal: what ends it in an orderly way.
        niceness: by how much it gives way to others.
        hold_open: file descriptors, a lock's say, that stay open until the server is gone.
    """

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str] | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    hold_open: Sequence[int] = ()
    niceness: int = NICENESS
    _leash: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    def start(self) -> None:
        """Start the server on its leash.

        Raises:
            StackError: the program is not there.
        """
        command = [
            sys.executable,
            "-I",
            "-S",
            str(LEASH),
            self.stop_signal.name,
            str(GRACE_S),
            str(self.niceness),
            *self.command,
        ]
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if not Path(self.command[0]).exists():
            raise StackError(f"{self.name} cannot start: {self.command[0]} does not exist; check the path")
        with self.log.open("wb") as log:
            self._leash = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.environment,
                pass_fds=self.hold_open,
                start_new_session=True,
            )

    def wait_until(self, ready: Callable[[], bool], timeout_s: float) -> None:
        """Wait until `ready` says so.

        Raises:
            StackError: the server ended or was not ready in time; the message carries the end of its log.
        """
        deadline = time.monotonic() + timeout_s
        while not ready():
            if self._leash is None or self._leash.poll() is not None:
                raise StackError(f"{self.name} ended while starting: {self._last_words()} (log: {self.log})")
            if time.monotonic() > deadline:
                raise StackError(
                    f"{self.name} was not ready after {timeout_s:g} s: {self._last_words()} (log: {self.log})"
                )
            time.sleep(POLL_S)

    def stop(self) -> None:
        """Let go of the leash and wait until the server is gone."""
        if self._leash is None:
            return
        assert self._leash.stdin is not None, "a leash is started with a pipe"  # noqa: S101
        self._leash.stdin.close()
        self._leash.wait()
        self._leash = None

    def wait(self) -> int:
        """Wait until the server ends by itself; return its exit code."""
        assert self._leash is not None, "a server is waited for once it has been started"  # noqa: S101
        return self._leash.wait()

    @property
    def leash_pid(self) -> int | None:
        """The leash, which sleeps, and whose one child is the server; None when it has not been started."""
        return None if self._leash is None else self._leash.pid

    def _last_words(self) -> str:
        lines = [line.strip() for line in self.log.read_text(errors="replace").splitlines() if line.strip()]
        return lines[-1][:300] if lines else "it said nothing"
