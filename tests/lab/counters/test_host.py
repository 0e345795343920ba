"""The host's counters move when the host has work, and are unknown where the host does not tell."""

from dataclasses import fields
from pathlib import Path

import psutil
import pytest

from lab.counters.host import HostCounters, host_use, read_host
from lab.processes import PROC, TICKS_A_SECOND
from tests.lab.counters.conftest import wait_for_cpu_s


def now(proc: Path = PROC) -> HostCounters:
    return read_host([], [], proc)


def cpu_line(**seconds: int) -> str:
    """Return /proc/stat's first line: user, nice, system, then these, guest, guest_nice."""
    told = " ".join(str(each * TICKS_A_SECOND) for each in seconds.values())
    return f"cpu  9 9 9 {told} 0 0\ncpu0 1\n"


def test_a_busy_process_makes_the_host_busy(foreign_hog: psutil.Process) -> None:
    before = now()
    wait_for_cpu_s(foreign_hog, 0.4)
    used = host_use(now(), before)
    assert used.busy_s is not None and used.cores is not None
    assert 0.35 <= used.busy_s <= used.seconds * used.cores


@pytest.mark.skipif(not (PROC / "pressure" / "cpu").exists(), reason="this kernel has no pressure information")
def test_waiting_for_a_core_is_pressure(foreign_hog: psutil.Process) -> None:
    core = psutil.Process().cpu_affinity()[:1]
    rival = psutil.Process()
    allowed = rival.cpu_affinity()
    foreign_hog.cpu_affinity(core)
    rival.cpu_affinity(core)
    try:
        before = now()
        wait_for_cpu_s(foreign_hog, 0.4)  # with this process after the same core
        used = host_use(now(), before)
    finally:
        rival.cpu_affinity(allowed)
    assert used.pressure_s is not None
    assert used.pressure_s > 0.1


def test_steal_interrupts_and_swapping_are_read_as_the_kernel_writes_them(tmp_path: Path) -> None:
    (tmp_path / "stat").write_text(cpu_line(idle=1, io_wait=1, interrupts=1, soft_interrupts=1, steal=1))
    (tmp_path / "vmstat").write_text("nr_free_pages 5\npswpin 30\npswpout 12\n")
    before = now(tmp_path)
    (tmp_path / "stat").write_text(cpu_line(idle=1, io_wait=1, interrupts=2, soft_interrupts=3, steal=4))
    (tmp_path / "vmstat").write_text("nr_free_pages 5\npswpin 31\npswpout 16\n")
    used = host_use(now(tmp_path), before)
    assert (used.steal_s, used.interrupt_s, used.swapped_pages) == (3, 3, 5)
    assert used.pressure_s is None


def test_another_system_is_unknown_but_for_its_clock(tmp_path: Path) -> None:
    reading = now(tmp_path / "no-proc")
    for field in fields(HostCounters):
        if field.name not in ("seconds", "governor", "throttled_s"):
            assert getattr(reading, field.name) is None
    assert reading.throttled_s is None
    used = host_use(reading, reading)
    assert (used.seconds, used.busy_s, used.steal_s, used.throttled_s) == (0, None, None, None)
