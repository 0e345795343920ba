"""CPU time by role, the cores that each role's processes may use, and what others used of the machine."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from lab.counters.difference import difference
from lab.counters.host import HostUse
from lab.processes import Process, ProcessTable, total_cpu_s
from lab.stacks.cgroup import container_cpu_s
from lab.stacks.interface import Stack

GENERATOR = "generator"


@dataclass(frozen=True, slots=True, kw_only=True)
class CpuTimes:
    """CPU time so far, or between two readings.

    Attributes:
        by_role: seconds by role; None where they cannot be known.
        own_s: seconds of the whole experiment: the lab, its generator and every server; None where one of them
            cannot be known.
        cores_by_role: the cores on which a role's processes may run, and did; None as above.
    """

    by_role: Mapping[str, float | None]
    own_s: float | None
    cores_by_role: Mapping[str, list[int] | None]

    def since(self, earlier: "CpuTimes") -> "CpuTimes":
        """Return what came after `earlier`; the cores are those of both readings."""
        by_role = {role: _grown(cpu_s, earlier.by_role.get(role)) for role, cpu_s in self.by_role.items()}
        # The time of a process that died before its children is in no tree any more, and nor is theirs.
        lost = any(cpu_s is None and earlier.by_role.get(role) is not None for role, cpu_s in by_role.items())
        return CpuTimes(
            by_role=by_role,
            own_s=None if lost else _grown(self.own_s, earlier.own_s),
            cores_by_role={
                role: _both(cores, earlier.cores_by_role.get(role)) for role, cores in self.cores_by_role.items()
            },
        )

    def foreign_s(self, host: HostUse) -> float | None:
        """Return what everybody else used of the machine; None where that cannot be told.

        Two sums of times that the kernel counts in ticks: they agree to some hundredths of a second, and the
        difference may come out below nothing.
        """
        foreign_s = difference(host.working_s, self.own_s)
        return None if foreign_s is None else max(0.0, foreign_s)


def read_cpu(stack: Stack, processes: ProcessTable | None, generator_cpu_s: float | None) -> CpuTimes:
    """Return the CPU times of now; `processes` is None on a system that does not tell."""
    by_role, of_role, outside = _of_roles(stack, processes)
    servers = {process.pid for found in of_role.values() for process in found}
    leashes = {pid for pid in stack.process_ids().values() if pid is not None}
    mine = [] if processes is None else processes.tree(os.getpid())
    # What the lab has started and is no server sends the load.
    generators = [each for each in mine[1:] if each.pid not in servers and each.pid not in leashes]
    return CpuTimes(
        by_role={**by_role, GENERATOR: generator_cpu_s},
        own_s=_sum([total_cpu_s(mine), *outside]),
        cores_by_role={role: _cores(found) for role, found in {**of_role, GENERATOR: generators}.items()},
    )


def own_pids(processes: ProcessTable | None) -> list[int]:
    """Return the lab and all that it has started, servers included."""
    return [] if processes is None else [process.pid for process in processes.tree(os.getpid())]


def _of_roles(
    stack: Stack, processes: ProcessTable | None
) -> tuple[dict[str, float | None], dict[str, list[Process]], list[float | None]]:
    """Return by role the seconds and the processes, and the seconds of the roles that are not below the lab."""
    by_role: dict[str, float | None] = {}
    of_role: dict[str, list[Process]] = {}
    outside = []
    for role, leash in stack.process_ids().items():
        of_role[role] = [] if processes is None or leash is None else processes.below(leash)
        if leash is None:
            container = stack.containers.get(role)
            by_role[role] = None if container is None else container_cpu_s(container)
            outside.append(by_role[role])
        else:
            by_role[role] = total_cpu_s(of_role[role])
    return by_role, of_role, outside


def _grown(later: float | None, earlier: float | None) -> float | None:
    """Return the difference; None when a process is gone, and what it had used with it."""
    grown = difference(later, earlier)
    return None if grown is None or grown < 0 else grown


def _sum(parts: list[float | None]) -> float | None:
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None


def _cores(processes: list[Process]) -> list[int] | None:
    cores: set[int] = set()
    for process in processes:
        cores.add(process.core)
        try:
            cores |= os.sched_getaffinity(process.pid)
        except OSError:  # it has just ended
            continue
    return sorted(cores) or None


def _both(later: list[int] | None, earlier: list[int] | None) -> list[int] | None:
    return sorted({*(later or ()), *(earlier or ())}) or None
