"""Shares of a leg add up to the leg, however many there are."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from loadtests.distributed.division import divide, shares_of
from loadtests.target import Target
from loadtests.traffic import CLOSED_LOOP_CHUNK, Leg, leg_chunks
from tests.loadtests.conftest import leg

TARGET = Target(2, ("127.0.0.1", 1), "127.0.0.1", "")
WORKERS = [1, 2, 3, 5, 8]


@pytest.mark.parametrize(
    ("total", "parts", "expected"), [(8, 2, [4, 4]), (64, 3, [22, 21, 21]), (1, 3, [1, 0, 0])]
)
def test_a_remainder_goes_to_the_first(total: int, parts: int, expected: list[int]) -> None:
    assert divide(total, parts) == expected


def schedule(share: Leg) -> list[tuple[int, int, bytes]]:
    """Return (offset, key, request) of everything that an open-loop leg sends."""
    return [
        entry
        for chunk in leg_chunks(share, TARGET)
        for entry in zip(chunk.offsets_ns or [], chunk.keys, chunk.requests, strict=True)
    ]


@pytest.mark.parametrize("workers", WORKERS)
@pytest.mark.parametrize(
    "changes", [{}, {"arrivals": "constant"}, {"popularity": "hotspot:0.2:0.8", "arm": "uncached"}]
)
def test_the_union_of_an_open_loops_shares_is_the_leg(workers: int, changes: dict[str, Any]) -> None:
    whole = schedule(leg(rate_rps=997.0, **changes))
    shares = [schedule(share) for share in shares_of(leg(rate_rps=997.0, **changes), workers)]
    assert sorted(entry for share in shares for entry in share) == sorted(whole)
    assert max(map(len, shares)) - min(map(len, shares)) <= 1
    assert len(whole) > 300


@pytest.mark.parametrize("workers", WORKERS)
def test_the_union_of_a_replays_shares_is_the_trace_in_its_order(workers: int, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    np.random.default_rng(1).integers(0, 90, 4_000).astype("<u4").tofile(trace)
    replay = leg(popularity=f"trace:{trace}", rate_rps=500.0, key_start=17)
    assert sorted(e for share in shares_of(replay, workers) for e in schedule(share)) == sorted(schedule(replay))


@pytest.mark.parametrize("workers", WORKERS)
def test_a_closed_loops_shares_are_turns_of_one_key_stream(workers: int) -> None:
    closed = leg(arrivals="closed", rate_rps=None)
    chunks = leg_chunks(closed, TARGET)
    stream = [key for _ in range(3) for key in next(chunks).keys]
    for number, share in enumerate(shares_of(closed, workers)):
        turns = leg_chunks(share, TARGET)
        assert [key for _ in range(3) for key in next(turns).keys] == stream[number::workers]
    assert len(stream) == 3 * CLOSED_LOOP_CHUNK


def test_connections_are_divided_and_none_is_lost() -> None:
    assert [share.connections for share in shares_of(leg(connections=8), 3)] == [3, 3, 2]


def test_with_fewer_connections_than_workers_the_first_workers_share_the_leg() -> None:
    shares = shares_of(leg(connections=2), 5)
    assert [share.connections for share in shares] == [1, 1]
    assert [share.share for share in shares] == [(0, 2), (1, 2)]


def test_workers_that_drew_the_same_have_the_same_digest_whatever_their_share() -> None:
    digests = {next(leg_chunks(share, TARGET)).digest for share in shares_of(leg(), 3)}
    assert len(digests) == 1
    assert digests != {next(leg_chunks(leg(seed=(2, 0)), TARGET)).digest}
    assert None not in digests


def test_a_share_survives_the_way_over_the_wire() -> None:
    share = shares_of(leg(), 3)[1]
    assert Leg.from_json(json.loads(json.dumps(share.to_json()))) == share
