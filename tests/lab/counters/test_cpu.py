"""CPU time: whose it was, and what was nobody's of the experiment."""

import os
import subprocess
import sys

import psutil
import pytest

from lab.counters import Witnesses
from lab.counters.cpu import CpuTimes, read_cpu
from lab.processes import read_processes
from lab.stacks.embedded import EmbeddedStack
from lab.stacks.external import ExternalStack
from tests.lab.counters.conftest import wait_for_cpu_s
from tests.lab.processes import HOG

ROLES = ("postgresql", "redis", "data-service", "user-service")


def test_a_foreign_process_is_foreign_cpu(witnesses: Witnesses, foreign_hog: psutil.Process) -> None:
    before = witnesses.read("user", None)
    wait_for_cpu_s(foreign_hog, 0.5)
    counted = witnesses.read("user", None).since(before)
    assert counted.foreign_cpu_s is not None
    assert counted.foreign_cpu_s >= 0.45


def test_what_the_lab_starts_is_its_own(witnesses: Witnesses, stack: EmbeddedStack) -> None:
    hog = subprocess.Popen([sys.executable, "-c", HOG])
    try:
        first = witnesses.read("user", None)
        wait_for_cpu_s(psutil.Process(hog.pid), 0.5)
        second = witnesses.read("user", None)
    finally:
        hog.kill()
        hog.wait()
    third = witnesses.read("user", None)
    used = second.cpu.since(first.cpu)
    assert used.own_s is not None
    assert used.own_s >= 0.5
    # And it stays so when the process has ended.
    assert third.cpu.own_s is not None and second.cpu.own_s is not None
    assert third.cpu.own_s >= second.cpu.own_s


def test_a_server_that_works_is_seen_in_its_role(witnesses: Witnesses) -> None:
    before = witnesses.read("user", 1.0)
    with witnesses._database.cursor() as cursor:
        cursor.execute("SELECT /* lab */ sum(sqrt(n)) FROM generate_series(1, 3000000) AS n")
    counted = witnesses.read("user", 1.5).since(before)
    assert counted.cpu_s["postgresql"] is not None and counted.cpu_s["redis"] is not None
    assert counted.cpu_s["postgresql"] > 0.1 > counted.cpu_s["redis"]
    assert counted.cpu_s["generator"] == 0.5


def test_cores_are_told_by_role(stack: EmbeddedStack) -> None:
    # Any child of the lab that is no server's: on a core of its own, as a pinned generator is.
    core = max(os.sched_getaffinity(0))
    others = read_cpu(stack, read_processes(), None).cores_by_role["generator"] or []  # that other tests left
    generator = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert generator.stdin is not None
    psutil.Process(generator.pid).cpu_affinity([core])
    wait_until_on = psutil.Process(generator.pid)
    while wait_until_on.cpu_num() != core:
        pass
    try:
        cores = read_cpu(stack, read_processes(), None).cores_by_role
    finally:
        generator.stdin.close()
        generator.wait()
    assert cores["generator"] == sorted({core, *others})
    for role in ROLES:
        assert cores[role] == sorted(os.sched_getaffinity(0))


def test_on_a_stack_that_is_not_the_labs_everything_is_unknown(stack: EmbeddedStack) -> None:
    external = ExternalStack(kind="external", endpoints=stack.endpoints)
    cpu = read_cpu(external, read_processes(), None)
    assert {cpu.by_role[role] for role in ROLES} == {None}
    assert {cpu.cores_by_role[role] for role in ROLES} == {None}
    assert cpu.own_s is None


def test_a_container_that_cannot_be_seen_leaves_the_rest_unknown(stack: EmbeddedStack) -> None:
    hidden = ExternalStack(kind="compose", endpoints=stack.endpoints, containers=dict.fromkeys(ROLES, "absent"))
    assert read_cpu(hidden, read_processes(), None).own_s is None


def test_a_server_that_is_gone_is_unknown_and_not_idle(
    stack: EmbeddedStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    leash = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert leash.stdin is not None
    monkeypatch.setattr(stack, "process_ids", lambda: {"redis": leash.pid})
    try:
        assert read_cpu(stack, read_processes(), None).by_role["redis"] is None
    finally:
        leash.stdin.close()
        leash.wait()


def test_what_a_dead_server_had_used_is_not_taken_for_idleness() -> None:
    def cpu(by_role: dict[str, float | None], own_s: float) -> CpuTimes:
        return CpuTimes(by_role=by_role, own_s=own_s, cores_by_role={})

    before = cpu({"redis": 3.0, "postgresql": None}, own_s=9.0)
    assert cpu({"redis": 3.5, "postgresql": None}, own_s=9.5).since(before).own_s == 0.5
    for redis in (None, 0.25):  # gone, and started anew
        used = cpu({"redis": redis, "postgresql": None}, own_s=9.25).since(before)
        assert used.by_role["redis"] is None
        assert used.own_s is None


def test_without_processes_to_look_at_everything_is_unknown(stack: EmbeddedStack) -> None:
    cpu = read_cpu(stack, None, 1.0)
    assert cpu.own_s is None
    assert {cpu.by_role[role] for role in ROLES} == {None}
    assert set(cpu.cores_by_role.values()) == {None}
