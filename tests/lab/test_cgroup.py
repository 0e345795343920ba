"""CPU time of containers, under either version of control groups."""

from pathlib import Path

import pytest

from lab.stacks.cgroup import container_cpu_s

ID = "4f1c0ffee" * 7


def test_version_2_by_systemd(tmp_path: Path) -> None:
    group = tmp_path / "system.slice" / f"docker-{ID}.scope"
    group.mkdir(parents=True)
    (group / "cpu.stat").write_text("usage_usec 2500000\nuser_usec 2000000\nsystem_usec 500000\n")
    assert container_cpu_s(ID, tmp_path) == pytest.approx(2.5)


def test_version_1_by_cgroupfs(tmp_path: Path) -> None:
    group = tmp_path / "cpuacct" / "docker" / ID
    group.mkdir(parents=True)
    (group / "cpuacct.usage").write_text("1500000000\n")
    assert container_cpu_s(ID, tmp_path) == pytest.approx(1.5)


def test_version_1_with_both_controllers_in_one_place(tmp_path: Path) -> None:
    group = tmp_path / "cpuacct" / "docker" / ID
    group.mkdir(parents=True)
    (group / "cpuacct.usage").write_text("1500000000\n")
    (group / "cpu.stat").write_text("nr_periods 0\nnr_throttled 0\nthrottled_time 0\n")
    assert container_cpu_s(ID, tmp_path) == pytest.approx(1.5)


def test_a_container_that_cannot_be_seen_is_unknown(tmp_path: Path) -> None:
    assert container_cpu_s("absent", tmp_path) is None
