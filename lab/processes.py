"""The processes of this machine at one moment: whose child each is, what CPU time it has used, where it last ran.

One pass over /proc for all that the lab wants to know: a look at each server's children of its own would be
as many passes.
"""

import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
# Where the fields stand behind the closing bracket of the program's name; see proc_pid_stat(5).
PARENT, USER, SYSTEM, CHILDREN_USER, CHILDREN_SYSTEM, CORE = 1, 11, 12, 13, 14, 36


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One process.

    Attributes:
        pid: its number.
        parent: its parent's.
        cpu_s: what it has used, and its children that have ended and been waited for.
        core: where its first thread last ran.
    """

    pid: int
    parent: int
    cpu_s: float
    core: int


class ProcessTable:
    """All processes of one moment."""

    def __init__(self, processes: Iterator[Process]) -> None:
        self._processes = {process.pid: process for process in processes}
        self._children: defaultdict[int, list[Process]] = defaultdict(list)
        for process in self._processes.values():
            self._children[process.parent].append(process)

    def tree(self, root: int) -> list[Process]:
        """Return a process and all below it; nothing when it is not there."""
        return [self._processes[root], *self.below(root)] if root in self._processes else []

    def below(self, root: int) -> list[Process]:
        """Return the children of a process, and theirs."""
        found = list(self._children.get(root, ()))
        for process in found:  # grows while it is gone through
            found.extend(self._children.get(process.pid, ()))
        return found


def read_processes(proc: Path = PROC) -> ProcessTable | None:
    """Return the processes of now; None on a system without /proc."""
    try:
        # os.scandir and os.open: there may be thousands, and a Path costs more than the system calls.
        with os.scandir(proc) as entries:
            numbers = [entry.name for entry in entries if entry.name.isdigit()]
    except OSError:
        return None
    processes = (_process(f"{proc}/{number}/stat") for number in numbers)
    return ProcessTable(process for process in processes if process is not None)


def total_cpu_s(processes: list[Process]) -> float | None:
    """Return what all of them have used; None when there is none."""
    return sum(process.cpu_s for process in processes) if processes else None


def _process(file: str) -> Process | None:
    try:
        descriptor = os.open(file, os.O_RDONLY)
        try:
            text = os.read(descriptor, 4096)
        finally:
            os.close(descriptor)
    except OSError:  # it has just ended
        return None
    head, _, tail = text.rpartition(b")")  # the name before it may hold brackets and blanks
    fields = tail.split()
    ticks = sum(int(fields[field]) for field in (USER, SYSTEM, CHILDREN_USER, CHILDREN_SYSTEM))
    return Process(
        pid=int(head.split(b" ", 1)[0]),
        parent=int(fields[PARENT]),
        cpu_s=ticks / TICKS_A_SECOND,
        core=int(fields[CORE]),
    )
