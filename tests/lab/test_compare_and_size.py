"""The sweep within the main job, on a stack in a dictionary: at which rate, over which sizes, and for how long."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lab.experiments.compare_and_size import CompareAndSize, bench_seconds, sweep_in_bench
from lab.experiments.load_plan import LoadPlan
from lab.experiments.profile import PROFILES, Profile
from lab.experiments.sizing import Sizing
from lab.workload import Workload
from loadtests.traces import Trace
from tests.lab.simulated_stack import SimulatedConductor, SimulatedRedis

QUICK_CAPACITY_RPS, QUICK_CACHED_RPS = 10_500.0, 8_100.0
"""What the read `user` carried on two quiet cores, without and with its cache."""


def load_of(profile: Profile, trace: Trace | None = None) -> LoadPlan:
    return LoadPlan(profile=profile, seed=1, workload=Workload(), trace=trace, users=20_000)


def sweep(
    profile: Profile, *, rate_rps: float, carries_rps: float, trace: Trace | None = None
) -> tuple[SimulatedConductor, SimulatedRedis, dict[str, Any]]:
    """Run the sweep as the main job does after a comparison that offered ``rate_rps``."""
    redis = SimulatedRedis("allkeys-lfu")
    conductor = SimulatedConductor(redis, carries_rps=carries_rps, trace=trace)
    load = load_of(profile.in_bench(), trace)
    known = load.record(profile.reads[0])
    known.capacity_rps, known.offered_rate_rps = 2 * rate_rps, rate_rps
    part = Sizing(sweep_in_bench(profile), load, conductor, known=known)  # type: ignore[arg-type]
    part.run()
    (found,) = part.to_json()["sizing"]
    return conductor, redis, found


@pytest.fixture(scope="module")
def quick() -> tuple[SimulatedConductor, SimulatedRedis, dict[str, Any]]:
    return sweep(PROFILES["quick"], rate_rps=QUICK_CAPACITY_RPS / 2, carries_rps=QUICK_CACHED_RPS)


def test_the_quick_sweep_is_planned_to_take_a_quarter_of_a_minute(
    quick: tuple[SimulatedConductor, SimulatedRedis, dict[str, Any]],
) -> None:
    conductor, _, found = quick
    assert sum(leg.duration_s for leg in conductor.legs) <= 15.0
    assert all(point["settled"] for point in found["points"])


def test_a_machine_that_carries_a_third_still_settles_in_time() -> None:
    conductor, _, found = sweep(
        PROFILES["quick"], rate_rps=QUICK_CAPACITY_RPS / 6, carries_rps=QUICK_CACHED_RPS / 3
    )
    assert sum(leg.duration_s for leg in conductor.legs) <= 30.0
    assert all(point["settled"] for point in found["points"])


def test_the_sizes_are_those_of_the_profile_over_the_whole_working_set(
    quick: tuple[SimulatedConductor, SimulatedRedis, dict[str, Any]],
) -> None:
    _, redis, found = quick
    assert found["working_set_keys"] == 20_000
    assert [point["entries_planned"] for point in found["points"]] == [1_000, 2_000, 4_000]
    for point in found["points"]:
        assert point["entries_held"] == pytest.approx([point["entries_planned"]] * 5, rel=0.001)
    assert redis.policies == ["allkeys-lru"] * 3 + ["allkeys-lfu"]  # the server's own again afterwards


def test_the_rate_is_the_comparisons_and_no_ramp_is_run(
    quick: tuple[SimulatedConductor, SimulatedRedis, dict[str, Any]],
) -> None:
    conductor, _, found = quick
    assert found["capacity_rps"] == QUICK_CAPACITY_RPS
    assert {leg.phase for leg in conductor.legs} == {"warmup", "sizing"}
    assert {leg.rate_rps for leg in conductor.legs if leg.phase == "sizing"} == {QUICK_CAPACITY_RPS / 2}


def test_the_full_sweep_settles_at_every_size_also_where_all_keys_have_room() -> None:
    conductor, _, found = sweep(
        PROFILES["full"], rate_rps=QUICK_CAPACITY_RPS / 6, carries_rps=QUICK_CACHED_RPS / 3
    )
    assert [point["size_ratio"] for point in found["points"]] == [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0]
    assert all(point["settled"] for point in found["points"])
    assert sum(leg.duration_s for leg in conductor.legs) <= 240.0


def test_a_long_trace_is_passed_over_for_as_long_as_there_is_time() -> None:
    ranks = np.random.default_rng(1).zipf(1.2, 60_000) % 5_000
    trace = Trace(file="t", sha256="", ranks=ranks.astype(np.int64), distinct_keys=5_000)
    quick = PROFILES["quick"]
    conductor, _, found = sweep(quick, rate_rps=4_000, carries_rps=8_000, trace=trace)
    passes = [leg for leg in conductor.legs if leg.phase == "sizing"]
    assert [(leg.duration_s, leg.key_start) for leg in passes] == [(quick.bench_sizing.pass_s, 0)] * 3
    assert found["pass_requests"] == 60_000
    brief, _, _ = sweep(quick, rate_rps=40_000, carries_rps=8_000, trace=trace)
    assert {leg.duration_s for leg in brief.legs if leg.phase == "sizing"} == {60_000.5 / 40_000}


def test_a_service_too_slow_to_fill_the_cache_costs_the_size_and_not_the_run() -> None:
    trace = Trace(file="t", sha256="", ranks=np.arange(10_000), distinct_keys=10_000)
    _, _, found = sweep(PROFILES["quick"], rate_rps=10, carries_rps=40, trace=trace)
    assert [bool(point["legs"]) for point in found["points"]] == [True, True, False]


def test_the_comparison_and_its_sweep_are_one_part_of_the_run() -> None:
    user = PROFILES["smoke"].reads[0]
    profile = replace(PROFILES["smoke"], reads=(replace(user, working_set_keys=1_000, cache_entries=100),))
    conductor = SimulatedConductor(SimulatedRedis("allkeys-lru"), carries_rps=2_000.0)
    part = CompareAndSize(load_of(profile), conductor)  # type: ignore[arg-type]
    part.run()
    written = part.to_json()
    (read,), (swept,) = written["reads"], written["sizing"]
    assert swept["capacity_rps"] == read["capacity_rps"] == 2_000.0
    assert [point["offered_rate_rps"] for point in swept["points"]] == [read["offered_rate_rps"]]


def test_the_progress_bar_counts_the_sweep_but_no_ramp_for_it() -> None:
    quick = PROFILES["quick"]
    assert quick.seconds() + 10 < bench_seconds(quick) < quick.seconds() + 30
