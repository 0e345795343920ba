"""Legs come down to requests for users that exist."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from loadtests.errors import PopularityError, TraceError
from loadtests.popularity import parse_popularity
from loadtests.target import Target
from loadtests.traffic import Leg, Requests, endless_chunks, leg_chunks, working_set
from loadtests.value_sizes import parse_value_sizes
from loadtests.writes import write_chunk
from tests.loadtests.conftest import leg
from tests.loadtests.traces.files import write_lines

TARGET = Target(2, ("127.0.0.1", 1), "127.0.0.1:1", "")


def test_a_leg_survives_json() -> None:
    original = leg(3, seed=(1, 2, 3), key_seed=(4, 5))
    assert Leg.from_json(json.loads(json.dumps(original.to_json()))) == original


def test_a_leg_leaves_bad_records_of_its_trace_out_if_told_to(tmp_path: Path) -> None:
    file = write_lines(tmp_path / "t", ["key,size", "a,1", "b,none", "c,1", "a,1"])
    replay = leg(popularity=f"trace:{file}", arrivals="constant", rate_rps=6.0, duration_s=1.0)
    with pytest.raises(TraceError, match="line 3"):
        list(leg_chunks(replay, TARGET))
    (chunk,) = leg_chunks(replace(replay, skip_bad_records=True), TARGET)
    first, second = working_set(2, replay.users).tolist()
    assert chunk.keys == [first, second, first] * 2


def test_a_seed_of_their_own_changes_the_keys_and_not_the_arrivals() -> None:
    ((plain,), (same,), (other,)) = (
        leg_chunks(leg(seed=(1, 2), key_seed=key_seed), TARGET) for key_seed in (None, None, (9,))
    )
    assert plain.keys == same.keys
    assert plain.offsets_ns == same.offsets_ns == other.offsets_ns
    assert plain.keys != other.keys


def test_the_working_set_is_the_same_every_time_and_spread_over_the_users() -> None:
    chosen = working_set(1_000, 20_000)
    assert (chosen == working_set(1_000, 20_000)).all()
    assert len(set(chosen.tolist())) == 1_000
    assert np.median(chosen) == pytest.approx(10_000, rel=0.1)


def test_a_request_names_its_user_and_its_host() -> None:
    (chunk,) = leg_chunks(leg(operation="similar", arm="uncached"), TARGET)
    assert len(chunk.keys) == len(chunk.requests) == len(chunk.offsets_ns or [])
    key, request = chunk.keys[0], chunk.requests[0].decode()
    assert request == (
        f"GET /user/user-{key:06d}/similar HTTP/1.1\r\nHost: 127.0.0.1:1\r\nCache-Control: no-store\r\n\r\n"
    )


def test_more_keys_than_users_is_refused_with_the_option_to_give() -> None:
    with pytest.raises(PopularityError, match="--users 200"):
        Requests(TARGET, "user", "cached", parse_popularity("uniform", 200), users=100)


def test_endless_traffic_goes_on_where_it_was() -> None:
    requests = Requests(TARGET, "user", "cached", parse_popularity("uniform", 50), users=100)
    chunks = endless_chunks(requests, 100.0, "constant", (1,))
    first, second = next(chunks), next(chunks)
    assert first.offsets_ns is not None
    assert second.offsets_ns is not None
    assert second.offsets_ns[0] - first.offsets_ns[-1] == pytest.approx(10_000_000)


TRACED = ["key,timestamp,operation,size", "a,10.5,get,7", "b,11.0,set,0", "a,11.5,delete,9", "c,13.5,get,5000"]


def traced(tmp_path: Path, **changes: Any) -> Leg:
    """A leg that replays four records, of which the second and the third write."""
    file = write_lines(tmp_path / "traced.csv", TRACED)
    fields: dict[str, Any] = {"rate_rps": 4.0, "arrivals": "constant", "duration_s": 1.0, **changes}
    return leg(popularity=f"trace:{file}", **fields)


def test_a_leg_comes_as_its_trace_has_it(tmp_path: Path) -> None:
    (chunk,) = leg_chunks(traced(tmp_path, speed=2.0, arrivals="trace", duration_s=2.2), TARGET)
    first, second, third = working_set(3, 100).tolist()
    assert chunk.offsets_ns == [0, 250_000_000, 500_000_000, 1_500_000_000, 2_000_000_000]
    assert chunk.keys == [first, second, first, third, first]


def test_a_leg_goes_on_in_its_trace_where_it_is_told_to(tmp_path: Path) -> None:
    (chunk,) = leg_chunks(traced(tmp_path, speed=1.0, arrivals="trace", key_start=3, duration_s=1.6), TARGET)
    first, second, third = working_set(3, 100).tolist()
    assert chunk.offsets_ns == [0, 1_000_000_000, 1_500_000_000]
    assert chunk.keys == [third, first, second]


def test_a_law_has_no_timing_of_its_own() -> None:
    with pytest.raises(PopularityError, match="no timing of its own; give a rate"):
        next(leg_chunks(leg(speed=1.0, arrivals="trace"), TARGET))


def test_records_that_write_are_left_to_the_writes(tmp_path: Path) -> None:
    mixed = traced(tmp_path, trace_operations=True, write_rate_rps=2.0)
    (reads,), writes = leg_chunks(mixed, TARGET), write_chunk(mixed, TARGET)
    first, second, third = working_set(3, 100).tolist()
    assert (reads.keys, writes.keys) == ([first, third], [second, first])
    assert (reads.offsets_ns, writes.offsets_ns) == ([0, 750_000_000], [250_000_000, 500_000_000])
    assert mixed.read_rate_rps == 2.0
    (plain,) = leg_chunks(traced(tmp_path), TARGET)
    assert plain.keys == [first, second, first, third]


def test_a_closed_loop_reads_every_record(tmp_path: Path) -> None:
    closed = traced(tmp_path, trace_operations=True, arrivals="closed", rate_rps=None)
    first, second, third = working_set(3, 100).tolist()
    assert next(leg_chunks(closed, TARGET)).keys[:5] == [first, second, first, third, first]


def test_workers_share_a_traces_reads_and_writes_without_a_word(tmp_path: Path) -> None:
    whole = traced(tmp_path, trace_operations=True, speed=40.0, arrivals="trace", duration_s=1.0)
    shares = [replace(whole, share=(turn, 2)) for turn in (0, 1)]
    for draw in (lambda leg: next(leg_chunks(leg, TARGET)), lambda leg: write_chunk(leg, TARGET)):
        all_of_it, first, second = map(draw, (whole, *shares))
        assert (first.keys, second.keys) == (all_of_it.keys[::2], all_of_it.keys[1::2])
        assert first.digest == second.digest == all_of_it.digest


def info_bytes(request: bytes) -> int:
    return len(json.loads(request.partition(b"\r\n\r\n")[2])["info"])


def test_what_is_written_is_as_large_as_what_the_user_has(tmp_path: Path) -> None:
    drawn = leg(write_rate_rps=100.0, value_sizes="range:0:900", value_seed=7)
    chunk = write_chunk(drawn, TARGET)
    expected = parse_value_sizes("range:0:900", 7).of(np.array(chunk.keys))
    assert [info_bytes(request) for request in chunk.requests] == expected.tolist()
    replayed = traced(tmp_path, trace_operations=True, value_sizes="trace")
    assert [info_bytes(request) for request in write_chunk(replayed, TARGET).requests] == [0, 7]


def test_sizes_of_a_trace_that_has_none_are_one_sentence() -> None:
    with pytest.raises(PopularityError, match="no value sizes; give some with --value-sizes"):
        write_chunk(leg(write_rate_rps=10.0, value_sizes="trace"), TARGET)
