"""What is asked for is checked before anything starts; infos are as large as the trace that is replayed says."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lab.checked_request import check_request
from lab.dataset import DatasetParameters
from lab.errors import LabError
from lab.experiments.profile import PROFILES
from lab.measurement_request import MeasurementRequest
from lab.workload import Workload
from loadtests.popularity.replay import Replay
from loadtests.traces import TraceSource
from loadtests.traffic import working_set
from loadtests.value_sizes import OF_TRACE

KEYS, USERS = 3_000, 4_000


def request(**changes: Any) -> MeasurementRequest:
    asked = MeasurementRequest(
        experiment="compare",
        parts=(),
        profile=PROFILES["smoke"],  # whose read has a working set of 2,000 keys
        dataset=DatasetParameters(users=USERS, events=1),
        workload=Workload(),
        rate_rps=None,
        until=None,
        seed=1,
        cache_ttl_s=None,
        cache_ttl_jitter_ratio=None,
        reports=Path("reports"),
        empty_cache=False,
        command="lab run compare",
    )
    return replace(asked, **changes)


@pytest.fixture
def traced(tmp_path: Path) -> Workload:
    file = tmp_path / "t.csv"
    keys = np.random.default_rng(2).permutation(np.tile(np.arange(KEYS), 2))
    file.write_text("key,size\n" + "\n".join(f"k{key},{key}" for key in keys))
    return Workload(trace=TraceSource(path=file))


def test_drawn_keys_have_infos_by_their_law() -> None:
    dataset = DatasetParameters(users=USERS, events=1, value_sizes="range:0:50")
    checked = check_request(request(dataset=dataset))
    assert checked.trace is None
    assert checked.infos.sizes_bytes.max() == 50
    load = checked.load_plan()
    assert (load.value_sizes, load.value_seed) == ("range:0:50", dataset.seed)


def test_infos_are_those_of_the_keys_that_are_replayed(traced: Workload) -> None:
    checked = check_request(request(workload=traced))
    load = checked.load_plan()
    replay = load.record(PROFILES["smoke"].reads[0]).replay
    assert isinstance(replay, Replay)
    assert replay.keys < KEYS  # a sample of the trace's keys
    first_bytes = replay.first_sizes_bytes
    assert first_bytes is not None
    assert (checked.infos.sizes_bytes[working_set(replay.keys, USERS)] == first_bytes).all()
    assert load.value_sizes == OF_TRACE
    assert checked.request.dataset.value_sizes == checked.infos.value_sizes


def test_sizes_that_are_asked_for_go_before_those_of_the_trace(traced: Workload) -> None:
    dataset = DatasetParameters(users=USERS, events=1, value_sizes="fixed:9")
    checked = check_request(request(dataset=dataset, workload=replace(traced, value_sizes="fixed:9")))
    assert set(checked.infos.sizes_bytes.tolist()) == {9}
    assert checked.load_plan().value_sizes == "fixed:9"


def test_infos_of_a_read_that_does_not_hold_them_are_the_default(traced: Workload) -> None:
    profile = PROFILES["quick"].of_reads(("activity",))
    assert set(check_request(request(profile=profile, workload=traced)).infos.sizes_bytes.tolist()) == {120}


def test_a_trace_of_more_keys_than_users_is_refused_with_the_option_to_give(traced: Workload) -> None:
    with pytest.raises(LabError, match="give --users 3000 or more"):
        check_request(request(dataset=DatasetParameters(users=100, events=1), workload=traced))


def test_a_trace_without_timestamps_has_no_speed(traced: Workload) -> None:
    with pytest.raises(LabError, match="has no timestamps"):
        check_request(request(workload=replace(traced, speed=1.0, arrivals="trace")))
