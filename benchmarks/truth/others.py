"""What everything else on this machine uses of its processors: a busy machine is measured instead of the lab."""

import time

import psutil

QUIET_CORES = 0.1
LOOK_S = 0.3


class Others:
    """CPU use of all processes but this one and those it started.

    Args:
        patience_s: how long to wait in all for a quiet machine.
    """

    def __init__(self, patience_s: float) -> None:
        self._patience_s = patience_s

    def wait_until_quiet(self) -> None:
        """Wait until the others use next to nothing, or patience is at its end."""
        while self._patience_s > 0:
            began_s, before_s = time.monotonic(), self.cpu_s()
            time.sleep(LOOK_S)
            looked_s = time.monotonic() - began_s
            if (self.cpu_s() - before_s) / looked_s < QUIET_CORES:
                return
            self._patience_s -= looked_s

    def cpu_s(self) -> float:
        """Return the CPU seconds that they have used, steal by other virtual machines included, and interrupts."""
        times = psutil.cpu_times()
        # Linux counts the time of guests among its own too.
        used_s = sum(times) - times.idle - times.iowait - times.guest - times.guest_nice
        return float(used_s - own_cpu_s())


def own_cpu_s() -> float:
    """Return the CPU seconds of this process and of all that it started and that still run."""
    own = psutil.Process()
    total_s = 0.0
    for process in [own, *own.children(recursive=True)]:
        times = process.cpu_times()
        total_s += times.user + times.system
    return total_s
