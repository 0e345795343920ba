"""Many workers as one generator: real processes, real sockets, and what happens when some are not there."""

import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psutil
import pytest
from scipy import stats

from tests.lab.processes import left_after
from tests.loadtests.conftest import leg
from tests.loadtests.masters import RunningMaster, running_master, worker_from_elsewhere
from tests.loadtests.stub_service import HIT, StubService, slow, stub_service

LONE = {"module": "loadtests.worker"}
TURNS = 8


@pytest.fixture
def stub() -> Iterator[StubService]:
    with stub_service() as running:
        yield running


def schedule(rows: pd.DataFrame, summary: dict[str, Any]) -> list[tuple[int, int]]:
    """Return (offset, key) of a leg's requests as they were recorded, whoever sent them."""
    sent = rows[rows["leg"] == summary["leg"]]
    return sorted(zip(sent["intended_ns"] - summary["started_ns"], sent["key"], strict=True))


def test_the_union_of_many_workers_is_one_workers_schedule(stub: StubService, tmp_path: Path) -> None:
    """Exactly: which also shows that all counted from the one instant that the master named."""
    legs = [leg(0), leg(1, arrivals="constant", arm="uncached", seed=(2, 0)), leg(2, connections=1, seed=(3, 0))]
    with (
        running_master(stub.url, tmp_path / "many", "--workers", "2") as many,
        running_master(stub.url, tmp_path / "one", **LONE) as one,
    ):
        many.wait_for("ready")
        one.wait_for("ready")
        pairs = [(many.run(each), one.run(each)) for each in legs]
        assert (many.close(), one.close()) == (0, 0)
    for together, alone in pairs:
        assert schedule(many.rows(), together) == schedule(one.rows(), alone)
        assert together["outcomes"] == alone["outcomes"]
        assert together["requests"] == alone["requests"] > 0
        assert together["lost_workers"] == 0
    assert [len(together["workers"]) for together, _ in pairs] == [2, 2, 1]
    shares = many.rows()[lambda rows: rows["leg"] == 0]["worker"].value_counts()
    assert shares.max() - shares.min() <= 1


def test_many_workers_report_what_one_worker_does_within_the_interval(tmp_path: Path) -> None:
    figures: dict[str, list[float]] = {"mean": [], "p50": [], "p95": []}
    with (
        stub_service(slow(0.02)) as stub,
        running_master(stub.url, tmp_path / "many", "--workers", "2") as many,
        running_master(stub.url, tmp_path / "one", **LONE) as one,
    ):
        many.wait_for("ready")
        one.wait_for("ready")
        for turn in range(TURNS):
            same = leg(turn, seed=(turn, 0), rate_rps=150.0)
            order = (many, one) if turn % 2 else (one, many)
            responses = {generator: generator.run(same)["response_s"] for generator in order}
            for name, logs in figures.items():
                logs.append(float(np.log(responses[many][name] / responses[one][name])))
        many.close()
    for logs in figures.values():
        # 99.9 %: three tests in a run of the suite must not fail by chance.
        low, high = stats.t.interval(0.999, TURNS - 1, loc=np.mean(logs), scale=stats.sem(logs))
        assert low < 0 < high


def test_percentiles_are_of_all_samples_and_not_averages(tmp_path: Path) -> None:
    """Half of the keys are slow: an average of the two workers' quantiles would lie where no sample is."""

    def answer(path: str, head: str) -> bytes:
        time.sleep(0.05 if path in slow_paths else 0.0)
        return HIT

    slow_paths: set[str] = set()
    with stub_service(answer) as stub, running_master(stub.url, tmp_path, "--workers", "2") as master:
        master.wait_for("ready")
        asked = leg(arrivals="constant", rate_rps=100.0, popularity="uniform", working_set_keys=10)
        slow_paths.update(f"/user/user-{key:06d}" for key in range(5))
        summary = master.run(asked)
        master.close()
    rows = master.rows()
    response_s = np.sort((rows["done_ns"] - rows["intended_ns"]).to_numpy()) / 1e9
    for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
        assert summary["response_s"][name] == pytest.approx(np.quantile(response_s, share, method="inverted_cdf"))
    assert summary["response_s"]["mean"] == pytest.approx(response_s.mean())


def test_a_closed_loop_is_shared_by_connections_and_keys(stub: StubService, tmp_path: Path) -> None:
    with (
        running_master(stub.url, tmp_path / "many", "--workers", "2") as many,
        running_master(stub.url, tmp_path / "one", **LONE) as one,
    ):
        many.wait_for("ready")
        one.wait_for("ready")
        # One connection each: then keys are sent in the order of the stream.
        together = many.run(leg(arrivals="closed", rate_rps=None, connections=2))
        one.run(leg(arrivals="closed", rate_rps=None, connections=1))
        many.close()
        one.close()
    rows = many.rows()
    assert together["requests"] == len(rows)
    assert [worker["connects"] for worker in together["workers"]] == [1, 1]
    assert together["ended_ns"] - together["started_ns"] >= 0.5e9
    assert (rows["intended_ns"] >= together["started_ns"]).all()
    stream = one.rows().sort_values("sent_ns")["key"].tolist()
    for number in (0, 1):
        taken = rows[rows["worker"] == number].sort_values("sent_ns")["key"].tolist()
        turns = stream[number::2]
        compared = min(len(taken), len(turns))
        assert taken[:compared] == turns[:compared]
        assert compared > 50


def test_samples_of_more_than_a_megabyte_arrive_whole(tmp_path: Path) -> None:
    """Most of the requests find the queue full: so there are as many rows as are wanted, on any machine."""
    with (
        stub_service(slow(1.0)) as stub,
        running_master(stub.url, tmp_path, "--workers", "2", queue_limit=10, connections=2) as master,
    ):
        master.wait_for("ready")
        flood = leg(
            rate_rps=100_000.0, duration_s=2.5, popularity="uniform", working_set_keys=50_000, users=50_000
        )
        summary = master.run(flood)
        master.close()
    rows = master.rows()
    assert summary["requests"] == len(rows) > 240_000
    assert summary["outcomes"] == rows["outcome"].astype(str).value_counts().to_dict()
    assert sum(path.stat().st_size for path in master.samples.iterdir()) > 2**20
    assert summary["response_s"] == {"mean": None, "p50": None, "p95": None, "p99": None}


def under_way(stub: StubService, requests: int = 20) -> None:
    """Wait until so many more requests have come."""
    seen = len(stub.heads)
    while len(stub.heads) < seen + requests:
        time.sleep(0.01)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_worker_that_dies_is_counted_and_the_others_go_on(
    stub: StubService, tmp_path: Path, number: signal.Signals
) -> None:
    """One that is killed is missed at once; one that is only silent by its heartbeats."""
    with running_master(stub.url, tmp_path, "--workers", "2") as master:
        master.wait_for("ready")
        whole = master.run(leg(0))
        master.order(leg(1, duration_s=3.0).to_json())
        under_way(stub)
        doomed = master.worker(1)
        doomed.send_signal(number)
        broken = master.wait_for("leg")
        after = master.run(leg(2))
        assert not psutil.pid_exists(doomed.pid) or doomed.status() == psutil.STATUS_ZOMBIE
        assert master.close() == 0
    rows = master.rows()
    assert (whole["lost_workers"], broken["lost_workers"], after["lost_workers"]) == (0, 1, 0)
    assert [len(summary["workers"]) for summary in (whole, broken, after)] == [2, 1, 1]
    # What is there is what worker 0 sent, all of it, and the next leg is whole again.
    assert broken["requests"] == (rows["leg"] == 1).sum() == sum(broken["outcomes"].values()) > 0
    assert set(rows[rows["leg"] == 1]["worker"]) == {0}
    assert schedule(rows, {**after, "leg": 2}) == [(offset, key) for offset, key in schedule(rows, whole)]
    assert [generator["lost"] is None for generator in after["generators"]] == [True, False]
    assert "worker 1" in master.log


def test_when_no_worker_is_left_it_is_said_in_one_sentence(stub: StubService, tmp_path: Path) -> None:
    with running_master(stub.url, tmp_path, "--workers", "2") as master:
        master.wait_for("ready")
        master.order(leg(0, duration_s=30.0).to_json())
        under_way(stub)
        for worker in [master.worker(number) for number in (0, 1)]:
            worker.kill()
        said = master.wait_for("leg")
        assert said["event"] == "error"
        assert "no worker of the load generator is left" in said["sentence"]
        assert "SIGKILL" in said["sentence"]
        assert master.process.wait(20) == 1


def test_a_leg_that_nobody_waits_for_is_ended_and_earlier_samples_are_whole(
    stub: StubService, tmp_path: Path
) -> None:
    with running_master(stub.url, tmp_path, "--workers", "2") as master:
        master.wait_for("ready")
        done = master.run(leg(0))
        master.order(leg(1, duration_s=60.0).to_json())
        under_way(stub)
        assert master.close() == 0
    assert len(master.rows()) == done["requests"]


def test_workers_end_when_their_master_is_killed(stub: StubService, tmp_path: Path) -> None:
    with running_master(stub.url, tmp_path, "--workers", "2") as master:
        master.wait_for("ready")
        workers = [master.worker(number) for number in (0, 1)]
        master.process.kill()
        _, alive = psutil.wait_procs(workers, timeout=20)
    assert not alive


def test_workers_from_elsewhere_join_a_run_and_are_let_go(stub: StubService, tmp_path: Path) -> None:
    """One comes when the master is there; the other was there first, and looks for it on another address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.2", 0))
        address = f"127.0.0.2:{probe.getsockname()[1]}"
    with worker_from_elsewhere(address) as early:
        early.wait_until_it_says("looking for the master")
        arguments = ("--workers", "1", "--expect-workers", "2", "--bind", address)
        with running_master(stub.url, tmp_path, *arguments) as master:
            assert master.wait_for("listening")["address"] == address
            early.wait_until_it_says("joined")
            with worker_from_elsewhere(address) as late:
                ready = master.wait_for("ready")
                summary = master.run(leg())
                with worker_from_elsewhere(address) as uninvited:
                    code, said = uninvited.ended()
                assert code == 1
                assert "all the workers that it expects" in said
                assert master.close() == 0
                for worker in (early, late):
                    code, said = worker.ended()
                    assert code == 0
                    assert "the run is over" in said
    assert [generator["worker"] for generator in ready["generators"]] == [0, 1, 2]
    assert all(generator["clock_offset_ns"] == 0 for generator in ready["generators"])
    assert [worker["worker"] for worker in summary["workers"]] == [0, 1, 2]
    assert set(master.rows()["worker"]) == {0, 1, 2}


def test_workers_that_do_not_come_are_missed_in_one_sentence(stub: StubService, tmp_path: Path) -> None:
    with running_master(stub.url, tmp_path, "--workers", "1", "--expect-workers", "1", "--wait", "0.5") as master:
        said = master.wait_for("ready")
        assert said["event"] == "error"
        assert "0 of 1 workers from elsewhere" in said["sentence"]
        assert master.process.wait(20) == 1
    assert not left_after(tmp_path)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_worker_that_is_ended_by_hand_says_so_to_its_master(
    stub: StubService, tmp_path: Path, number: signal.Signals
) -> None:
    with running_master(stub.url, tmp_path, "--workers", "1", "--expect-workers", "1") as master:
        with worker_from_elsewhere(master.wait_for("listening")["address"]) as worker:
            master.wait_for("ready")
            master.order(leg(0, duration_s=2.0).to_json())
            under_way(stub)
            worker.process.send_signal(number)
            assert worker.ended()[0] == 128 + number
        broken = master.wait_for("leg")
        assert broken["lost_workers"] == 1
        assert "it has left" in broken["generators"][1]["lost"]
        assert master.run(leg(1))["requests"] > 0


@pytest.mark.parametrize(
    ("master", "said"),
    [
        ("127.0.0.1:{free}", "no master answers at 127.0.0.1:{free} within 1 s"),
        ("no-such-host.invalid", "no-such-host.invalid has no address"),
    ],
)
def test_a_wrong_master_is_one_sentence(master: str, said: str) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
        with worker_from_elsewhere(master.format(free=free), "--wait", "1") as worker:
            code, told = worker.ended()
    assert code == 1
    assert said.format(free=free) in told
    assert "Traceback" not in told


def test_a_port_that_is_taken_is_one_sentence(stub: StubService, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        bind = f"127.0.0.1:{taken.getsockname()[1]}"
        with running_master(stub.url, tmp_path, "--expect-workers", "1", "--bind", bind) as master:
            said = master.wait_for("ready")
    assert said["event"] == "error"
    assert bind in said["sentence"]
    assert "--bind" in said["sentence"]


def test_an_error_that_all_workers_would_meet_is_one_sentence(stub: StubService, tmp_path: Path) -> None:
    with running_master(stub.url, tmp_path, "--workers", "2") as master:
        master.wait_for("ready")
        said = master.run(leg(working_set_keys=200, users=100))
    assert said["event"] == "error"
    assert "--users 200" in said["sentence"]
    assert "Traceback" not in master.log


def test_a_master_alone_is_driven_like_a_worker(stub: StubService, tmp_path: Path) -> None:
    """One worker of a master is one worker: the same rows as without."""
    master: RunningMaster
    with running_master(stub.url, tmp_path, "--workers", "1") as master:
        assert master.wait_for("ready")["event"] == "ready"
        summary = master.run(leg())
        master.close()
    assert summary["requests"] == len(master.rows())
