"""The worker processes that a master starts on its own machine; each holds a pipe from it, and ends with it."""

import signal
import subprocess
import sys
from time import monotonic

END_TIMEOUT_S = 5.0


class LocalWorkers:
    """Starts `count` workers that join the master at `address` (HOST:PORT) as numbers 0 to count - 1."""

    def __init__(self, count: int, address: str) -> None:
        self._processes = [
            subprocess.Popen(
                [sys.executable, "-P", "-m", "loadtests.worker", "--master", address, "--number", str(number)],
                stdin=subprocess.PIPE,
                stdout=sys.stderr.fileno(),  # the master's standard output speaks to the lab alone
            )
            for number in range(count)
        ]

    def __len__(self) -> int:
        return len(self._processes)

    def ended(self, number: int) -> str | None:
        """Return how a worker's process ended; None while it runs."""
        code = self._processes[number].poll()
        if code is None:
            return None
        return (
            f"its process ended by {signal.Signals(-code).name}" if code < 0 else f"its process ended with {code}"
        )

    def kill(self, number: int) -> None:
        """End a worker that counts as lost, lest it send on."""
        self._processes[number].kill()

    def close(self) -> None:
        """Let go of all, and wait until they have ended; kill who takes too long."""
        for process in self._processes:
            assert process.stdin is not None  # noqa: S101
            process.stdin.close()
        deadline_s = monotonic() + END_TIMEOUT_S
        for process in self._processes:
            try:
                process.wait(max(0.0, deadline_s - monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
