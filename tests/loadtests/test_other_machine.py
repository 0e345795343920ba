"""A worker on what is another machine but for its kernel: a network of its own, and a clock an hour ahead."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from tests.loadtests.conftest import leg
from tests.loadtests.masters import running_master, worker_from_elsewhere
from tests.loadtests.stub_service import stub_service
from tests.loadtests.test_master import LONE, schedule

AHEAD_S = 3_600
HERE, THERE = "198.18.77.1", "198.18.77.2"  # a range set aside for benchmarks (RFC 2544)


@dataclass(frozen=True)
class OtherMachine:
    """Where a command runs when `inside` stands before it."""

    inside: tuple[str, ...]


@pytest.fixture(scope="module")
def other_machine() -> Iterator[OtherMachine]:
    if os.geteuid() or not shutil.which("ip") or not shutil.which("unshare"):
        pytest.skip("another network and clock need root, ip and unshare")
    name = f"lab-{os.getpid()}"
    clock = ("unshare", "--time", "--monotonic", str(AHEAD_S))
    if subprocess.run([*clock, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this kernel has no time namespaces")
    if subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False).returncode:
        pytest.skip("network namespaces cannot be made here")
    try:
        for command in (
            f"ip link add {name} type veth peer name there netns {name}",
            f"ip addr add {HERE}/30 dev {name}",
            f"ip link set {name} up",
            f"ip -n {name} addr add {THERE}/30 dev there",
            f"ip -n {name} link set there up",
        ):
            subprocess.run(command.split(), check=True)
        yield OtherMachine(("ip", "netns", "exec", name, *clock))
    finally:
        subprocess.run(["ip", "link", "del", name], capture_output=True, check=False)
        subprocess.run(["ip", "netns", "del", name], check=False)


def test_its_share_is_sent_and_recorded_on_the_runs_clock(other_machine: OtherMachine, tmp_path: Path) -> None:
    epoch_ns = time.monotonic_ns()
    arguments = ("--workers", "1", "--expect-workers", "1", "--bind", f"{HERE}:0")
    with (
        stub_service(host=HERE) as stub,
        running_master(stub.url, tmp_path / "many", *arguments, epoch_ns=epoch_ns) as many,
    ):
        address = many.wait_for("listening")["address"]
        with worker_from_elsewhere(address, inside=other_machine.inside) as worker:
            many.wait_for("ready")
            together = many.run(leg())
            arrived_ns = np.sort(stub.arrived_s) * 1e9 - epoch_ns
            assert many.close() == 0
            assert worker.ended()[0] == 0
        with running_master(stub.url, tmp_path / "one", **LONE) as one:
            one.wait_for("ready")
            alone = one.run(leg())
            one.close()
    here, there = together["generators"]
    assert (here["clock_offset_ns"], here["clock_uncertainty_ns"]) == (0, 0)
    assert 0 < abs(there["clock_offset_ns"] - AHEAD_S * 1e9) <= there["clock_uncertainty_ns"]
    rows = many.rows()
    assert schedule(rows, together) == schedule(one.rows(), alone)
    assert set(rows["worker"]) == {0, 1}
    # The service's own clock is the master's: a request arrives after it was sent and before it is answered.
    slack_ns = there["clock_uncertainty_ns"]
    assert (arrived_ns >= np.sort(rows["sent_ns"]) - slack_ns).all()
    assert (arrived_ns <= np.sort(rows["done_ns"]) + slack_ns).all()
    assert together["started_ns"] < together["ended_ns"] < together["started_ns"] + 10e9


def test_when_it_is_lost_its_heartbeats_are_missed(other_machine: OtherMachine, tmp_path: Path) -> None:
    arguments = ("--workers", "1", "--expect-workers", "1", "--bind", f"{HERE}:0")
    with stub_service(host=HERE) as stub, running_master(stub.url, tmp_path, *arguments) as master:
        address = master.wait_for("listening")["address"]
        with worker_from_elsewhere(address, inside=other_machine.inside) as worker:
            master.wait_for("ready")
            master.order(leg(0, duration_s=1.0).to_json())
            while len(stub.heads) < 20:
                time.sleep(0.01)
            worker.process.send_signal(signal.SIGKILL)
            broken = master.wait_for("leg")
        after = master.run(leg(1))
        master.close()
    assert broken["lost_workers"] == 1
    assert "no sign of life" in broken["generators"][1]["lost"]
    assert after["requests"] == (master.rows()["leg"] == 1).sum() > 0


def test_a_service_of_this_machine_alone_is_refused(other_machine: OtherMachine, tmp_path: Path) -> None:
    """On the other machine that address would be another service's, and measured in its place."""
    arguments = ("--workers", "1", "--expect-workers", "1", "--bind", f"{HERE}:0")
    with stub_service() as stub, running_master(stub.url, tmp_path, *arguments) as master:
        address = master.wait_for("listening")["address"]
        with worker_from_elsewhere(address, inside=other_machine.inside):
            said = master.wait_for("ready")
    assert said["event"] == "error"
    assert "--stack external" in said["sentence"]
    assert not stub.heads


def test_a_service_that_it_does_not_reach_is_one_sentence(other_machine: OtherMachine, tmp_path: Path) -> None:
    arguments = ("--workers", "0", "--expect-workers", "1", "--bind", f"{HERE}:0")
    with socket.socket() as closed:
        closed.bind((HERE, 0))
        url = f"http://{HERE}:{closed.getsockname()[1]}"
        with running_master(url, tmp_path, *arguments) as master:
            address = master.wait_for("listening")["address"]
            with worker_from_elsewhere(address, inside=other_machine.inside):
                said = master.wait_for("ready")
    assert said["event"] == "error"
    assert f"the service at {url} cannot be reached" in said["sentence"]
