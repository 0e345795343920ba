"""Has the servers give way to the generator also where the kernel shares the processor between sessions.

With autogrouping on, Linux first divides a core between sessions and only then, by niceness, between the processes
of one. Every server has a session of its own, PostgreSQL even each of its connections, so the niceness that they
were started with decides nothing; that of their groups does.

References:
    sched(7), The autogroup feature: /proc/PID/autogroup takes the group's niceness.
"""

from contextlib import suppress
from pathlib import Path

from lab.processes import PROC, ProcessTable, read_processes
from lab.stacks.interface import Stack

# A tenth of the generator's weight. On two cores that the servers and the generator share, this brought its lag
# at p99 from some milliseconds to some tenths (docs/decisions/0001).
GROUP_NICENESS = 10


class Precedence:
    """Gives the generator precedence over the processes of a stack, new ones included."""

    def __init__(self, stack: Stack, proc: Path = PROC) -> None:
        self._stack = stack
        self._proc = proc
        self._done: set[int] = set()

    def claim(self) -> None:
        """Lower the groups of all server processes that are new since the last time.

        Does nothing where the kernel does not group, or another user's processes are concerned.
        """
        processes = read_processes(self._proc)
        if processes is None:
            return
        new = self._servers(processes) - self._done
        for pid in new:
            # A process may have ended; who is not root may change but a few groups a second.
            with suppress(OSError):
                (self._proc / str(pid) / "autogroup").write_text(str(GROUP_NICENESS))
                self._done.add(pid)

    def _servers(self, processes: ProcessTable) -> set[int]:
        leashes = [leash for leash in self._stack.process_ids().values() if leash is not None]
        return {process.pid for leash in leashes for process in processes.below(leash)}
