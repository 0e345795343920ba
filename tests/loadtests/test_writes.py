"""The writes of a leg, drawn and sent."""

import json
from pathlib import Path

import numpy as np
import pytest

from loadtests.errors import TargetError
from loadtests.target import Target, resolve, user_name
from loadtests.traffic import leg_chunks
from loadtests.writes import write_chunk
from tests.loadtests.conftest import RunLegs, leg
from tests.loadtests.masters import running_master
from tests.loadtests.stub_service import stub_service

WRITTEN = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Version: 12\r\n\r\n{}"


@pytest.fixture
def target() -> Target:
    return resolve("http://127.0.0.1:5000")


def test_writes_come_at_their_rate_for_users_drawn_by_the_popularity(target: Target) -> None:
    chunk = write_chunk(leg(write_rate_rps=2_000.0, duration_s=10.0), target)
    assert chunk.offsets_ns is not None
    assert len(chunk.keys) == pytest.approx(20_000, rel=0.05)
    assert chunk.offsets_ns == sorted(chunk.offsets_ns)
    counts = np.sort(np.bincount(chunk.keys, minlength=100))[::-1] / len(chunk.keys)
    zipf = np.arange(1, 101) ** -0.99
    assert counts[:3] == pytest.approx(zipf[:3] / zipf.sum(), abs=0.01)


def test_a_write_is_a_whole_request_for_the_user_whose_key_is_recorded(target: Target) -> None:
    chunk = write_chunk(leg(write_rate_rps=50.0, write_policy="none"), target)
    head, _, body = chunk.requests[0].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == f"PUT /user/{user_name(chunk.keys[0])} HTTP/1.1"
    assert f"Content-Length: {len(body)}" in lines
    assert "X-Write-Policy: none" in lines
    assert list(json.loads(body)) == ["info"]


def test_reads_are_the_same_whether_anybody_writes_or_not(target: Target) -> None:
    alone, beside = (next(leg_chunks(leg(write_rate_rps=rate_rps), target)) for rate_rps in (0.0, 50.0))
    assert alone == beside


def test_workers_share_the_writes_without_a_word(target: Target) -> None:
    whole = write_chunk(leg(write_rate_rps=500.0), target)
    first, second = (write_chunk(leg(write_rate_rps=500.0, share=(turn, 2)), target) for turn in (0, 1))
    assert (first.keys, second.keys) == (whole.keys[::2], whole.keys[1::2])
    assert whole.digest == first.digest == second.digest


def test_writes_that_nobody_takes_end_in_a_sentence() -> None:
    with pytest.raises(TargetError, match="no user-service to write to"):
        write_chunk(leg(write_rate_rps=1.0), None)


def test_a_leg_sends_reads_to_one_service_and_writes_to_the_other(run_legs: RunLegs) -> None:
    with stub_service() as reads, stub_service(lambda path, head: WRITTEN) as writes:
        mixed = leg(write_rate_rps=100.0, rate_rps=400.0, duration_s=1.0, ttl_s=2.5)
        (summary,), samples = run_legs(reads.url, [mixed], write_url=writes.url)
    written = samples[samples["operation"] == "write"]
    assert all(head.startswith("GET") and "X-Cache-TTL: 2.5" in head for head in reads.heads)
    assert all(head.startswith("PUT") for head in writes.heads)
    assert summary["requests"] == len(reads.heads) == len(samples) - len(written)
    assert summary["outcomes"] == {"hit": summary["requests"]}
    assert summary["writes"] == len(writes.heads) == len(written) > 50
    assert (written["version"] == 12).all()
    assert (written["outcome"] == "unknown").all()
    assert (written["leg"] == 0).all()
    assert written["key"].map(lambda key: f"/user/{user_name(key)}").value_counts().to_dict() == writes.paths


def test_a_write_that_fails_is_recorded_as_a_failure_and_is_none_of_the_reads(run_legs: RunLegs) -> None:
    failed = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
    with stub_service() as reads, stub_service(lambda path, head: failed) as writes:
        (summary,), samples = run_legs(reads.url, [leg(write_rate_rps=100.0)], write_url=writes.url)
    written = samples[samples["operation"] == "write"]
    assert set(written["outcome"]) == {"error"}
    assert written["version"].isna().all()
    assert set(summary["outcomes"]) == {"hit"}


def test_two_workers_send_what_one_would(tmp_path: Path) -> None:
    mixed = leg(write_rate_rps=100.0, rate_rps=400.0, duration_s=1.0)
    with stub_service() as reads, stub_service(lambda path, head: WRITTEN) as writes:
        with running_master(reads.url, tmp_path, "--workers", "2", write_url=writes.url) as master:
            master.wait_for("ready")
            summary = master.run(mixed)
            assert master.close() == 0
        target = resolve(writes.url)
    written = master.rows()[lambda rows: rows["operation"] == "write"]
    assert sorted(written["key"]) == sorted(write_chunk(mixed, target).keys)
    assert set(written["worker"]) == {0, 1}
    assert summary["writes"] == len(written)
    assert summary["requests"] == len(master.rows()) - len(written)
    reads_s = master.rows()[lambda rows: rows["operation"] == "user"].eval("(done_ns - intended_ns) / 1e9")
    assert summary["response_s"]["mean"] == pytest.approx(reads_s.mean())
