"""Throttling by a quota is seen under both versions of control groups, in the group itself and above it."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.counters.throttling import throttled_between, throttled_by_group
from lab.stacks.cgroup import CGROUPS
from tests.lab.processes import HOG

CONTAINER = "4f1c0ffee" * 7
QUOTA_US, PERIOD_US = 10_000, 100_000
TIMEOUT_S = 20.0


def process_in(proc: Path, membership: str) -> int:
    (proc / "7").mkdir(parents=True)
    (proc / "7" / "cgroup").write_text(membership)
    return 7


def test_version_2_counts_the_groups_above_too(tmp_path: Path) -> None:
    root, proc = tmp_path / "cgroup", tmp_path / "proc"
    service = root / "user.slice" / "lab.service"
    service.mkdir(parents=True)
    (root / "cgroup.controllers").write_text("cpu\n")
    (root / "cpu.stat").write_text("usage_usec 9\n")
    (service.parent / "cpu.stat").write_text("usage_usec 9\nnr_throttled 1\nthrottled_usec 500000\n")
    (service / "cpu.stat").write_text("usage_usec 9\nnr_throttled 4\nthrottled_usec 2000000\n")
    pid = process_in(proc, "0::/user.slice/lab.service\n")
    assert throttled_by_group([pid], [], root, proc) == {root: 0.0, service.parent: 0.5, service: 2.0}


def test_version_1_is_told_in_nanoseconds(tmp_path: Path) -> None:
    root, proc = tmp_path / "cgroup", tmp_path / "proc"
    group = root / "cpu,cpuacct" / "lab"
    group.mkdir(parents=True)
    (group / "cpu.stat").write_text("nr_periods 5\nnr_throttled 2\nthrottled_time 1500000000\n")
    pid = process_in(proc, "9:name=systemd:/\n4:cpu,cpuacct:/lab\n3:cpuset:/elsewhere\n")
    assert throttled_by_group([pid], [], root, proc) == {group: 1.5}


def test_a_containers_own_group_is_found_where_its_path_is_the_hosts(tmp_path: Path) -> None:
    root, proc = tmp_path / "cgroup", tmp_path / "proc"
    (root / "cpu").mkdir(parents=True)
    (root / "cpu" / "cpu.stat").write_text("nr_throttled 1\nthrottled_time 250000000\n")
    pid = process_in(proc, "4:cpu:/docker/0123456789ab\n")
    assert throttled_by_group([pid], [], root, proc) == {root / "cpu": 0.25}


def test_a_container_counts_and_one_out_of_sight_makes_all_unknown(tmp_path: Path) -> None:
    group = tmp_path / "system.slice" / f"docker-{CONTAINER}.scope"
    group.mkdir(parents=True)
    (group / "cpu.stat").write_text("usage_usec 9\nthrottled_usec 3000000\n")
    assert throttled_by_group([], [CONTAINER], tmp_path) == {group: 3.0}
    assert throttled_by_group([], [CONTAINER, "absent"], tmp_path) is None


def test_nothing_to_read_is_unknown(tmp_path: Path) -> None:
    assert throttled_by_group([os.getpid()], [], tmp_path) is None
    assert throttled_between(None, {tmp_path: 1.0}) is None


def test_only_groups_that_were_there_before_are_compared(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    assert throttled_between({old: 1.5, new: 8.0}, {old: 1.0}) == 0.5


@pytest.fixture
def narrow_group() -> Iterator[Path]:
    """A real control group with a tenth of a core."""
    version_1 = (CGROUPS / "cpu").is_dir()
    group = (CGROUPS / "cpu" if version_1 else CGROUPS) / f"hit-or-miss-test-{os.getpid()}"
    try:
        group.mkdir()
        if version_1:
            (group / "cpu.cfs_quota_us").write_text(str(QUOTA_US))
        else:
            (group / "cpu.max").write_text(f"{QUOTA_US} {PERIOD_US}")
    except OSError as error:
        pytest.skip(f"no control group can be made here: {error}")
    yield group
    group.rmdir()


def test_a_real_quota_is_seen(narrow_group: Path) -> None:
    hog = subprocess.Popen([sys.executable, "-c", HOG])
    try:
        (narrow_group / "cgroup.procs").write_text(str(hog.pid))
        before = throttled_by_group([hog.pid], [])
        deadline = time.monotonic() + TIMEOUT_S
        while not (throttled_between(throttled_by_group([hog.pid], []), before) or 0) > 0.2:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        hog.kill()
        hog.wait()
