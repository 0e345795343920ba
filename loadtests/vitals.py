"""What a generator process knows of itself: what its samples are worth depends on it."""

import gc
import os
import resource
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

SCHEDSTAT = Path("/proc/self/schedstat")
OPEN_FILES = Path("/proc/self/fd")
NS = 1e9


@dataclass(frozen=True, slots=True)
class _Reading:
    cpu_s: float
    run_delay_s: float | None
    collections: int


class Vitals:
    """Watches this process, a leg at a time."""

    def __init__(self) -> None:
        self._pause_began_s = 0.0
        self._longest_pause_s = 0.0
        self._collections = 0
        gc.callbacks.append(self._on_collection)
        self.begin()

    def begin(self) -> None:
        """Start a leg."""
        self._longest_pause_s = 0.0
        self._before = self._read()

    def end(self) -> dict[str, Any]:
        """Return what the leg cost this process; what this system does not tell is None."""
        before, now = self._before, self._read()
        delays = (before.run_delay_s, now.run_delay_s)
        return {
            "cpu_s": now.cpu_s - before.cpu_s,
            "run_delay_s": None if None in delays else (delays[1] or 0.0) - (delays[0] or 0.0),
            "gc_pause_s": self._longest_pause_s,
            "gc_collections": now.collections - before.collections,
            "open_files": len(list(OPEN_FILES.iterdir())) if OPEN_FILES.is_dir() else None,
            "open_files_limit": resource.getrlimit(resource.RLIMIT_NOFILE)[0],
            "cores": sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None,
        }

    def _read(self) -> _Reading:
        return _Reading(time.process_time(), _run_delay_s(), self._collections)

    def _on_collection(self, phase: Literal["start", "stop"], _information: dict[str, int]) -> None:
        if phase == "start":
            self._pause_began_s = time.perf_counter()
        else:
            self._collections += 1
            self._longest_pause_s = max(self._longest_pause_s, time.perf_counter() - self._pause_began_s)


def allow_many_connections() -> None:
    """Raise the limit of open files as far as this process may: each connection is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _run_delay_s() -> float | None:
    """Return how long this process has been ready to run without a core to run on.

    References:
        Linux, Documentation/scheduler/sched-stats: /proc/PID/schedstat, second field, in ns.
    """
    try:
        return int(SCHEDSTAT.read_text().split()[1]) / NS
    except (OSError, IndexError, ValueError):
        return None
