"""Legs come down to requests for users that exist."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from loadtests.errors import PopularityError, TraceError
from loadtests.popularity import parse_popularity
from loadtests.target import Target
from loadtests.traffic import Leg, Requests, endless_chunks, leg_chunks, working_set
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
