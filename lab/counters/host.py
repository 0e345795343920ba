"""What the host counts: time worked, stolen and throttled, pressure, swapping. Linux tells, others do not."""

import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lab.counters.difference import difference
from lab.counters.throttling import throttled_between, throttled_by_group
from lab.machine import frequency_governor
from lab.processes import PROC, TICKS_A_SECOND

IDLE, IO_WAIT, INTERRUPTS, SOFT_INTERRUPTS, STEAL = 3, 4, 5, 6, 7  # of /proc/stat, see proc_stat(5)
PRESSURE = "some "


@dataclass(frozen=True, slots=True, kw_only=True)
class HostCounters:
    """The host's counters at one moment; None where the host does not tell.

    Attributes:
        seconds: of the clock that only goes forward.
        cores: that are switched on.
        idle_s: CPU time that nobody wanted, waiting for disks included.
        interrupt_s: CPU time that went to interrupts, where the kernel keeps that apart.
        steal_s: CPU time that the hypervisor gave to others while somebody here wanted it.
        pressure_s: time for which somebody was ready to run and had no core (pressure stall information).
        throttled_s: by control group of the experiment, for how long a quota held it back.
        swapped_pages: pages written to or read from swap.
        governor: the cores' frequency governor.
    """

    seconds: float
    cores: int | None
    idle_s: float | None
    interrupt_s: float | None
    steal_s: float | None
    pressure_s: float | None
    throttled_s: Mapping[Path, float] | None
    swapped_pages: int | None
    governor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HostUse:
    """What the host did between two readings; fields as above, and how busy it was.

    Attributes:
        busy_s: CPU time used by everything, interrupts included.
    """

    seconds: float
    cores: int | None
    busy_s: float | None
    interrupt_s: float | None
    steal_s: float | None
    pressure_s: float | None
    throttled_s: float | None
    swapped_pages: int | None
    governor: str | None

    @property
    def working_s(self) -> float | None:
        """CPU time that was some process's: what went to interrupts is nobody's."""
        return difference(self.busy_s, self.interrupt_s)

    def to_json(self) -> dict[str, Any]:
        """Return the fields as JSON values."""
        return asdict(self)


def read_host(pids: Iterable[int], containers: Iterable[str], proc: Path = PROC) -> HostCounters:
    """Return the host's counters of now; throttling is that of these processes' and containers' groups."""
    times_s = _cpu_times_s(proc)
    return HostCounters(
        seconds=time.monotonic(),
        cores=None if times_s is None else os.cpu_count(),
        idle_s=None if times_s is None else times_s[IDLE] + times_s[IO_WAIT],
        interrupt_s=None if times_s is None else times_s[INTERRUPTS] + times_s[SOFT_INTERRUPTS],
        steal_s=None if times_s is None else times_s[STEAL],
        pressure_s=_pressure_s(proc),
        throttled_s=throttled_by_group(pids, containers, proc=proc),
        swapped_pages=_swapped_pages(proc),
        governor=frequency_governor(),
    )


def host_use(later: HostCounters, earlier: HostCounters) -> HostUse:
    """Return what the host did between two readings; unknown stays unknown."""
    seconds = later.seconds - earlier.seconds
    idle_s, steal_s = difference(later.idle_s, earlier.idle_s), difference(later.steal_s, earlier.steal_s)
    busy_s = None
    if later.cores is not None and idle_s is not None and steal_s is not None:
        # What is not idle is busy. The kernel takes idle time from the clock but counts busy time in ticks, and
        # work that comes and goes with a timer, as that of a load generator does, falls between them.
        busy_s = max(0.0, seconds * later.cores - idle_s - steal_s)
    return HostUse(
        seconds=seconds,
        cores=later.cores,
        busy_s=busy_s,
        interrupt_s=difference(later.interrupt_s, earlier.interrupt_s),
        steal_s=steal_s,
        pressure_s=difference(later.pressure_s, earlier.pressure_s),
        throttled_s=throttled_between(later.throttled_s, earlier.throttled_s),
        swapped_pages=difference(later.swapped_pages, earlier.swapped_pages),
        governor=later.governor,
    )


def _cpu_times_s(proc: Path) -> list[float] | None:
    lines = _lines(proc / "stat")
    if not lines or not lines[0].startswith("cpu "):
        return None
    return [int(ticks) / TICKS_A_SECOND for ticks in lines[0].split()[1:]]


def _pressure_s(proc: Path) -> float | None:
    for line in _lines(proc / "pressure" / "cpu"):
        if line.startswith(PRESSURE):
            return int(line.rpartition("total=")[2]) / 1e6
    return None


def _swapped_pages(proc: Path) -> int | None:
    pages = [int(line.split()[1]) for line in _lines(proc / "vmstat") if line.startswith(("pswpin ", "pswpout "))]
    return sum(pages) if pages else None


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text().splitlines()
    except OSError:  # not this system, not this kernel, or not for us
        return []
