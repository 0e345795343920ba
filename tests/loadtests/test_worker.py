"""The load end to end: a real worker process, real sockets, and a service that misbehaves on request."""

import contextlib
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest

from tests.loadtests.conftest import RunLegs, leg
from tests.loadtests.stub_service import HIT, slow, stub_service

CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nCache-Status: stub; fwd=miss; stored\r\n\r\n"
    b"2\r\n{}\r\n0\r\n\r\n"
)
UNTIL_CLOSE = b"HTTP/1.1 200 OK\r\nConnection: close\r\nCache-Status: stub; hit\r\n\r\n{}"
BROKEN = b"this is not HTTP\r\n\r\n"
UNAVAILABLE = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"


def test_a_leg_records_every_request_with_what_the_headers_said(run_legs: RunLegs) -> None:
    with stub_service() as stub:
        (summary,), samples = run_legs(stub.url, [leg()])
    assert summary["outcomes"] == {"hit": len(samples)}
    assert summary["requests"] == len(stub.heads) == len(samples) > 0
    assert (samples["outcome"] == "hit").all()
    assert (samples["status"] == 200).all()
    assert (samples["version"] == 7).all()
    assert (samples["redis_ns"] == 250_000).all()
    assert (samples["app_ns"] == 500_000).all()
    assert samples["db_ns"].isna().all()
    assert (samples["intended_ns"] <= samples["sent_ns"]).all()
    assert (samples["sent_ns"] < samples["done_ns"]).all()


def test_connections_are_kept_alive(run_legs: RunLegs) -> None:
    with stub_service() as stub:
        (first, second), _ = run_legs(stub.url, [leg(0), leg(1)], connections=3)
        assert stub.connections == 3
    assert first["connects"] == second["connects"] == 3


def test_two_thousand_connections_are_opened_once_and_kept(run_legs: RunLegs) -> None:
    with stub_service() as stub:
        (summary,), samples = run_legs(
            stub.url,
            [leg(arrivals="closed", rate_rps=None, connections=2_000, duration_s=3.0)],
            connections=2_000,
            timeout_s=60.0,  # the stub has a thread a connection, and only so much of a core
        )
        assert stub.connections == 2_000
    assert summary["connects"] == summary["workers"][0]["connects"] == 2_000
    assert summary["outcomes"] == {"hit": len(samples)}
    assert samples["connected_ns"].notna().sum() == 2_000


def test_a_summary_states_the_times_that_its_samples_have(run_legs: RunLegs) -> None:
    with stub_service() as stub:
        (summary,), samples = run_legs(stub.url, [leg(rate_rps=400.0)])
    response_s = (samples["done_ns"] - samples["intended_ns"]) / 1e9
    assert summary["response_s"]["mean"] == pytest.approx(response_s.mean())
    assert summary["response_s"]["p99"] == pytest.approx(
        response_s.quantile(0.99, interpolation="higher"), rel=0.05
    )


def test_a_failure_leaves_no_mean(run_legs: RunLegs) -> None:
    answers = iter([UNAVAILABLE])
    with stub_service(lambda path, head: next(answers, HIT)) as stub:
        (summary,), _ = run_legs(stub.url, [leg(rate_rps=200.0)])
    assert summary["outcomes"]["error"] == 1
    assert summary["response_s"]["mean"] is None
    assert summary["response_s"]["p50"] > 0


def test_the_uncached_arm_says_no_store_and_the_cached_arm_does_not(run_legs: RunLegs) -> None:
    with stub_service() as stub:
        run_legs(stub.url, [leg(arm="cached")])
        assert not any("no-store" in head for head in stub.heads)
        stub.heads.clear()
        run_legs(stub.url, [leg(arm="uncached")])
        assert all("Cache-Control: no-store" in head for head in stub.heads)


def test_equal_seeds_ask_the_same_at_the_same_moments(run_legs: RunLegs) -> None:
    with stub_service() as stub:
        summaries, samples = run_legs(stub.url, [leg(0, arm="cached"), leg(1, arm="uncached")])
    starts = [summary["started_ns"] for summary in summaries]
    first, second = (samples[samples["leg"] == number].sort_values("intended_ns") for number in (0, 1))
    assert first["key"].tolist() == second["key"].tolist()
    assert (first["intended_ns"] - starts[0]).tolist() == (second["intended_ns"] - starts[1]).tolist()


@pytest.mark.parametrize(
    ("raw", "outcome"),
    [(CHUNKED, "miss"), (UNTIL_CLOSE, "hit"), (BROKEN, "error"), (UNAVAILABLE, "error"), (b"", "reset")],
)
def test_answers_of_every_form_have_their_outcome(run_legs: RunLegs, raw: bytes, outcome: str) -> None:
    with stub_service(lambda path, head: raw) as stub:
        (summary,), samples = run_legs(stub.url, [leg()])
    assert set(samples["outcome"]) == {outcome}
    assert summary["outcomes"] == {outcome: len(samples)}


def test_an_interim_answer_is_not_the_answer(run_legs: RunLegs) -> None:
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
    with stub_service(lambda path, head: hints + HIT) as stub:
        (summary,), samples = run_legs(stub.url, [leg()])
    assert set(samples["status"]) == {200}
    assert summary["outcomes"] == {"hit": len(samples)}


def test_a_connection_that_breaks_is_opened_again_and_costs_one_request(run_legs: RunLegs) -> None:
    answered = threading.Semaphore(5)  # the first five are answered, the sixth connection breaks, then all well
    broken: list[str] = []

    def answer(path: str, head: str) -> bytes:
        if answered.acquire(blocking=False) or broken:
            return HIT
        broken.append(head)
        return b""

    with stub_service(answer) as stub:
        (summary,), samples = run_legs(stub.url, [leg()], connections=1)
        assert stub.connections == 2
    assert summary["outcomes"]["reset"] == 1
    assert summary["outcomes"]["hit"] == len(samples) - 1


def test_a_service_that_refuses_is_counted_as_refused(run_legs: RunLegs) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
        (summary,), samples = run_legs(url, [leg()])
    assert summary["outcomes"] == {"refused": len(samples)}
    assert samples["status"].isna().all()


def test_a_late_answer_is_a_timeout_and_not_a_latency(run_legs: RunLegs) -> None:
    with stub_service(slow(1.5)) as stub:
        (summary,), samples = run_legs(stub.url, [leg(rate_rps=20.0)], timeout_s=0.3)
    assert summary["outcomes"] == {"timeout": len(samples)}


def test_what_finds_the_queue_full_is_dropped_and_counted(run_legs: RunLegs) -> None:
    with stub_service(slow(0.2)) as stub:
        (summary,), samples = run_legs(stub.url, [leg(rate_rps=400.0)], connections=2, queue_limit=5)
    dropped = samples[samples["outcome"] == "dropped"]
    assert len(dropped) == summary["outcomes"]["dropped"] > 50
    assert summary["requests"] == len(samples)
    assert dropped["sent_ns"].isna().all()
    assert dropped["done_ns"].isna().all()
    assert dropped["intended_ns"].notna().all()


def test_a_stall_is_in_the_response_times_of_all_that_were_due_in_it(run_legs: RunLegs) -> None:
    """An open loop keeps its schedule: the wait behind one slow answer counts from the intended start."""
    stalled = threading.Event()

    def answer(path: str, head: str) -> bytes:
        if not stalled.is_set():
            stalled.set()
            time.sleep(0.4)
        return HIT

    with stub_service(answer) as stub:
        _, samples = run_legs(stub.url, [leg(arrivals="constant", rate_rps=100.0, duration_s=0.8)], connections=1)
    response_ms = ((samples["done_ns"] - samples["intended_ns"]) / 1e6).to_numpy()
    service_ms = ((samples["done_ns"] - samples["sent_ns"]) / 1e6).to_numpy()
    assert len(samples) == 80
    assert np.quantile(response_ms, 0.75) > 100  # half of the requests were due during the stall
    assert np.quantile(service_ms, 0.9) < 20  # while each of them, once sent, was quick


def test_a_closed_loop_sends_the_next_when_an_answer_has_come(run_legs: RunLegs) -> None:
    with stub_service(slow(0.05)) as stub:
        (summary,), samples = run_legs(
            stub.url, [leg(arrivals="closed", rate_rps=None, connections=2, duration_s=0.5)], connections=4
        )
        assert stub.connections == 2
    assert 8 <= summary["requests"] <= 22
    assert ((samples["sent_ns"] - samples["intended_ns"]) < 1e6).all()


def test_a_constant_arrival_rate_is_kept(run_legs: RunLegs) -> None:
    with stub_service() as stub:
        (summary,), samples = run_legs(stub.url, [leg(arrivals="constant", rate_rps=250.0, duration_s=1.0)])
    assert len(samples) == 250
    assert np.allclose(np.diff(np.sort(samples["intended_ns"])), 4e6)
    assert summary["ended_ns"] - summary["started_ns"] < 1.5e9


def test_an_unusable_target_is_one_sentence(run_legs: RunLegs) -> None:
    (said,), _ = run_legs("https://127.0.0.1:1", [])
    assert said["event"] == "error"
    assert "http://HOST:PORT" in said["sentence"]


def test_a_leg_that_nobody_waits_for_any_more_is_ended_and_earlier_samples_are_whole(tmp_path: Path) -> None:
    samples = tmp_path / "worker-0.parquet"
    with stub_service() as stub:
        worker = subprocess.Popen(
            [sys.executable, "-m", "loadtests.worker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert worker.stdin is not None
        assert worker.stdout is not None
        first = {"url": stub.url, "connections": 2, "epoch_ns": time.monotonic_ns(), "samples": str(samples)}
        orders = (first, leg(0).to_json(), leg(1, duration_s=60.0).to_json())
        for order in orders:
            worker.stdin.write(json.dumps(order) + "\n")
        worker.stdin.flush()
        done = next(message for message in map(json.loads, worker.stdout) if message["event"] == "leg")
        sent = len(stub.heads)
        while len(stub.heads) < sent + 20:  # the second leg is under way
            time.sleep(0.01)
        worker.stdin.close()
        assert worker.wait(5) == 0
    assert len(pd.read_parquet(samples)) == done["requests"]


def test_the_worker_ends_when_its_parent_is_killed() -> None:
    code = (
        "import subprocess, sys, time\n"
        "worker = subprocess.Popen([sys.executable, '-m', 'loadtests.worker'], stdin=subprocess.PIPE)\n"
        "print(worker.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    worker_pid = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(worker_pid).wait(10.0)  # raises when it is still there
