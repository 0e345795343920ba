"""Every reason for doubt is caused for real: one run on a real stack, and in each block something else goes wrong.

The first block is left alone, and has none of them. What cannot be caused from inside a machine (a neighbour that
steals processor time, a frequency governor) is tested by figures alone, in tests/analysis/validity.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import redis

from analysis.cautions import State
from analysis.results import Results, analyse
from analysis.run import read_run
from lab.checked_request import check_request
from lab.experiments.compare import Compare
from lab.experiments.conductor import Conductor, Part
from lab.experiments.load_plan import LoadPlan
from lab.experiments.profile import Profile, ReadPlan
from lab.measurement import run_measurement
from lab.measurement_request import MeasurementRequest
from lab.progress import PlainProgress
from lab.stacks.embedded import EmbeddedStack
from lab.workforce import Workforce
from lab.workload import Workload
from loadtests.traffic import Leg
from tests.lab import disturbances as cause
from tests.lab.conftest import SMALL
from tests.lab.disturbances import Scene

pytestmark = pytest.mark.timeout(300)  # the run is made while the first test waits for it

RATE_RPS = 600.0
LEG_S = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Disturbance:
    """What goes wrong in one arm's turn in one block, and the reasons that must be given for it.

    `possible` says whether this machine, and this user, can cause it.
    """

    arm: str
    cause: Callable[[Scene, Leg], AbstractContextManager[None]]
    possible: Callable[[], bool] = lambda: True
    doubtful: frozenset[str] = field(default_factory=frozenset)
    invalid: frozenset[str] = field(default_factory=frozenset)


def disturb(
    arm: str,
    how: Callable[[Scene, Leg], AbstractContextManager[None]],
    doubtful: str = "",
    invalid: str = "",
    **possible: Callable[[], bool],
) -> Disturbance:
    return Disturbance(
        arm=arm, cause=how, doubtful=frozenset(doubtful.split()), invalid=frozenset(invalid.split()), **possible
    )


class ProvokedWorkforce(Workforce):
    """One worker, that can be made to do what it should not."""

    def command(self) -> list[str]:
        return [sys.executable, "-P", "-c", cause.PROVOKED_WORKER, cause.WORKER]


# In this order: some leave the cache cold, and the service is started anew.
DISTURBANCES = {
    "nothing": disturb("cached", cause.nothing),
    "foreign programs": disturb("cached", cause.foreign_programs, "foreign-cpu"),
    "foreign statements": disturb("uncached", cause.foreign_statements, "foreign-statements"),
    "checkpoint and vacuum": disturb("uncached", cause.checkpoint_and_vacuum, "checkpoint autovacuum"),
    "idle connections": disturb("uncached", cause.idle_connections, "connections"),
    "cold memory": disturb("uncached", cause.cold_memory, "cold-blocks"),
    "few descriptors": disturb("cached", cause.few_descriptors, "descriptors"),
    "a stalled service": disturb("uncached", cause.stalled_service, "rate-missed lag"),
    "a health check that reads a key": disturb("cached", cause.health_check_that_reads, invalid="conservation"),
    "a fork": disturb("uncached", cause.fork, "fork", "foreign-commands"),
    "one connection too many": disturb("uncached", cause.one_too_many, "rejected-connections", "foreign-commands"),
    "short-lived entries": disturb("uncached", cause.short_lived_entries, "expirations", "foreign-commands"),
    "a flush": disturb("cached", cause.flush, "drift-within", "foreign-commands"),
    "hardly any memory": disturb("uncached", cause.hardly_any_memory, "evictions", "foreign-commands"),
    "no eviction": disturb("uncached", cause.memory_without_eviction, "memory", "foreign-commands"),
    "a killed service": disturb("uncached", cause.killed_service, "failures reconnects"),
    "a collection of garbage": disturb("cached", cause.collection, "gc-pause"),
    "a busy generator": disturb("cached", cause.busy_generator, "generator-cpu"),
    "a quota": disturb("cached", cause.quota, "throttled", possible=cause.control_groups_can_be_made),
    "swapping": disturb("uncached", cause.swapping, "swap", possible=cause.swap_can_be_made),
    "a starved generator": disturb("cached", cause.starved_generator, "generator-starved lag"),
}
BLOCK_OF = {name: block for block, name in enumerate(DISTURBANCES)}
PROFILE = Profile(
    name="reasons",
    blocks=len(DISTURBANCES),
    reads=(
        ReadPlan(
            operation="user",
            route="GET /user/<name>",
            working_set_keys=400,
            cache_entries=250,
            leg_s=LEG_S,
            warm_up_window_s=0.4,
            objective="p99<20ms",
        ),
    ),
    ramp_connections=(4,),
    connections=16,
    ramp_step_s=0.3,
    warm_up_windows=6,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The run's folder and what was found of it."""

    folder: Path
    results: Results

    def found(self, block: int, arm: str) -> dict[str, State]:
        """Return the reasons given for one arm's turn in a block; conservation takes the run and not the block."""
        found = {}
        for verdict in self.results.block_verdicts:
            for caution in verdict.cautions:
                if verdict.block == block and caution.arm == arm:
                    found[caution.code] = caution.severity
        return found


@pytest.fixture(scope="module")
def scene(stack: EmbeddedStack) -> Iterator[Scene]:
    with (
        redis.Redis.from_url(stack.endpoints.redis_url, single_connection_client=True) as somebodys,
        closing(psycopg2.connect(stack.endpoints.database_url)) as database,
    ):
        database.autocommit = True
        scene = Scene(stack=stack, redis=somebodys, database=database)
        scene.sql("CREATE EXTENSION IF NOT EXISTS pg_buffercache", "CHECKPOINT")
        yield scene


@pytest.fixture(scope="module")
def judged(scene: Scene, tmp_path_factory: pytest.TempPathFactory) -> Judged:
    def disturbed(load: LoadPlan, conductor: Conductor) -> Part:
        send, disturbances = conductor.send, list(DISTURBANCES.values())

        def send_disturbed(leg: Leg, **options: Any) -> Any:
            disturbance = None if leg.block is None else disturbances[leg.block]
            if disturbance is None or leg.arm != disturbance.arm or not disturbance.possible():
                return send(leg, **options)
            with disturbance.cause(scene, leg):
                return send(leg, **options)

        conductor.send = send_disturbed  # type: ignore[method-assign]
        return Compare(load, conductor)

    return measure(scene, tmp_path_factory.mktemp("reasons"), disturbed, RATE_RPS, PROFILE)


def measure(
    scene: Scene,
    folder: Path,
    part: Callable[[LoadPlan, Conductor], Part],
    rate_rps: float,
    profile: Profile,
) -> Judged:
    request = MeasurementRequest(
        experiment="compare",
        parts=(part,),
        profile=profile,
        dataset=SMALL,
        workload=Workload(),
        rate_rps=rate_rps,
        until=None,
        seed=1,
        cache_ttl_s=300.0,
        cache_ttl_jitter_ratio=0.1,
        reports=folder,
        empty_cache=True,
        command="lab run compare",
        workforce=ProvokedWorkforce(),
    )
    run = run_measurement(check_request(request), scene.stack, PlainProgress())
    return Judged(folder=run.path, results=analyse(read_run(run.path)))


@pytest.mark.parametrize("name", DISTURBANCES)
def test_what_goes_wrong_is_given_as_the_reason(judged: Judged, name: str) -> None:
    disturbance = DISTURBANCES[name]
    if not disturbance.possible():
        pytest.skip(f"{name} cannot be caused here")
    found = judged.found(BLOCK_OF[name], disturbance.arm)
    assert disturbance.doubtful <= {code for code, severity in found.items() if severity is State.DOUBTFUL}
    assert disturbance.invalid <= {code for code, severity in found.items() if severity is State.INVALID}


def test_what_was_left_alone_has_none_of_the_reasons(judged: Judged) -> None:
    # But those that another user of this machine may cause, or a cache that is not yet quite warm.
    of_the_machine = {"foreign-cpu", "generator-starved", "lag", "rate-missed", "cpu-pressure", "drift-within"}
    for arm in ("cached", "uncached"):
        assert set(judged.found(BLOCK_OF["nothing"], arm)) <= of_the_machine | {"steal", "swap", "governor"}


def test_a_block_is_told_the_arm_in_which_it_went_wrong(judged: Judged) -> None:
    for name, disturbance in DISTURBANCES.items():
        other = {"cached": "uncached", "uncached": "cached"}[disturbance.arm]
        assert not disturbance.invalid & set(judged.found(BLOCK_OF[name], other))


def severities(results: Results, code: str) -> list[State]:
    return [each.severity for each in results.cautions if each.code == code]


def test_invalid_blocks_are_left_out_and_the_others_kept(judged: Judged) -> None:
    spoiled = {
        ("user", BLOCK_OF[name])
        for name, disturbance in DISTURBANCES.items()
        if "foreign-commands" in disturbance.invalid
    }
    assert judged.results.left_out == spoiled
    assert severities(judged.results, "blocks-left-out") == [State.DOUBTFUL]


def test_a_read_with_too_many_failures_is_invalid(judged: Judged) -> None:
    assert severities(judged.results, "failures") == [State.INVALID]


def test_an_invalid_run_ends_with_3_and_shows_the_three_numbers(judged: Judged) -> None:
    assert judged.results.state is State.INVALID
    reported = subprocess.run(
        [sys.executable, "-m", "lab", "report", str(judged.folder)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert reported.returncode == 3
    assert "The witnesses disagree in the cached arm" in reported.stdout
    assert "no verdict" in reported.stdout


def test_more_than_an_arm_can_carry_is_saturation(scene: Scene, tmp_path: Path) -> None:
    (read,) = PROFILE.reads
    short = replace(read, leg_s=1.0, warm_up_window_s=0.05)
    profile = replace(PROFILE, blocks=1, warm_up_windows=1, reads=(short,))
    results = measure(scene, tmp_path, Compare, 20_000.0, profile).results
    assert set(severities(results, "saturation")) == {State.DOUBTFUL}
    assert set(severities(results, "rate-missed")) == {State.DOUBTFUL}
    assert set(severities(results, "dropped")) == {State.DOUBTFUL}
    assert severities(results, "not-settled") == [State.DOUBTFUL]
    assert severities(results, "few-blocks") == [State.DOUBTFUL]
