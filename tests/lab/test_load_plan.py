"""Legs have the rate, the writes and the policy that the workload and its trace come to."""

from typing import Any

import numpy as np
import pytest

from lab.experiments.load_plan import LoadPlan, in_closed_loop
from lab.experiments.profile import PROFILES
from lab.experiments.read_record import ReadRecord
from lab.workload import Workload
from loadtests.traces import Operation, Trace
from loadtests.traffic import Leg

READ = PROFILES["smoke"].reads[0]
TRACE = Trace(
    file="t",
    sha256="0",
    ranks=np.array([0, 1, 0, 2]),
    distinct_keys=3,
    timestamps_s=np.array([10.0, 10.5, 11.0, 13.5]),
    operations=np.array([Operation.READ, Operation.WRITE, Operation.READ, Operation.DELETE], dtype=np.uint8),
)


def planned(trace: Trace | None = None, **workload: Any) -> tuple[LoadPlan, ReadRecord]:
    load = LoadPlan(
        profile=PROFILES["smoke"], seed=1, workload=Workload(**workload), trace=trace, users=100, rate_rps=40.0
    )
    record = load.record(READ)
    record.offered_rate_rps = 40.0
    return load, record


def leg(load: LoadPlan, record: ReadRecord, **changes: Any) -> Leg:
    fields: dict[str, Any] = {"phase": "measure", "arm": "cached", "seed": (0,), "key_start": 0, "duration_s": 2.0}
    return load.leg(record, **{**fields, **changes})


def test_without_writes_a_leg_has_none() -> None:
    plain = leg(*planned())
    assert (plain.rate_rps, plain.write_rate_rps, plain.write_policy, plain.speed) == (40.0, 0.0, None, None)


def test_writes_come_beside_the_reads_as_a_share_of_all() -> None:
    mixed = leg(*planned(write_ratio=0.2))
    assert (mixed.rate_rps, mixed.read_rate_rps) == (40.0, 40.0)
    assert mixed.write_rate_rps == pytest.approx(10.0)
    assert not mixed.trace_operations


def test_writes_invalidate_where_there_is_a_cache() -> None:
    load, record = planned(write_ratio=0.2)
    assert leg(load, record).write_policy == "invalidate"
    assert leg(load, record, arm="uncached").write_policy == "none"
    assert leg(load, record, arm="a", treatment="uncached").write_policy == "none"


def test_a_traces_own_writes_are_among_its_records() -> None:
    load, record = planned(TRACE)
    mixed = leg(load, record)
    assert load.write_ratio == 0.5
    assert mixed.trace_operations
    assert (mixed.rate_rps, mixed.read_rate_rps, mixed.write_rate_rps) == (40.0, 20.0, 20.0)


@pytest.mark.parametrize(("asked", "write_rate_rps"), [(0.0, 0.0), (0.2, 10.0)])
def test_a_share_of_writes_that_is_asked_for_goes_before_the_traces_own(
    asked: float, write_rate_rps: float
) -> None:
    load, record = planned(TRACE, write_ratio=asked)
    mixed = leg(load, record)
    assert load.write_ratio == asked
    assert not mixed.trace_operations
    assert mixed.write_rate_rps == pytest.approx(write_rate_rps)
    assert mixed.read_rate_rps == 40.0


def test_by_its_own_timing_a_legs_rate_is_that_of_its_stretch() -> None:
    load, record = planned(TRACE, speed=2.0, arrivals="trace")
    stretch = leg(load, record)  # 2 s of 4 recorded ones: all four records, and the first of the next round
    assert (stretch.speed, stretch.arrivals) == (2.0, "trace")
    assert stretch.rate_rps == pytest.approx(4 / 2.0)
    assert stretch.write_rate_rps == pytest.approx(2 / 2.0)
    later = leg(load, record, key_start=1, duration_s=0.5)
    assert later.rate_rps == pytest.approx(2 / 0.5)
    assert later.write_rate_rps == pytest.approx(1 / 0.5)
    assert load.own_rate_rps(record) == pytest.approx(4 / (3.5 + 3.5 / 3) * 2)


def test_a_rate_that_is_asked_for_has_no_timing_of_its_own() -> None:
    load, record = planned(TRACE)
    assert load.own_rate_rps(record) is None
    assert leg(load, record, rate_rps=7.0).rate_rps == 7.0


def test_a_closed_loop_has_neither_rate_nor_writes() -> None:
    closed = in_closed_loop(leg(*planned(TRACE, speed=2.0, arrivals="trace")))
    assert (closed.arrivals, closed.rate_rps, closed.speed) == ("closed", None, None)
    assert (closed.write_rate_rps, closed.trace_operations) == (0.0, False)
