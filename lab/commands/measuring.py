"""What every measuring command does: from its options to a finished report."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lab.checked_request import check_request
from lab.commands.finishing import command_line, publish_run, show_results
from lab.commands.until import DEFAULT_STATISTICS
from lab.commands.workforce_options import checked_workforce
from lab.dataset import DatasetParameters
from lab.experiments.calibrate import calibrate_as_part
from lab.experiments.conductor import MakePart
from lab.experiments.profile import PROFILES, Profile
from lab.experiments.stopping import UntilNarrow, until_narrow
from lab.measurement import run_measurement
from lab.measurement_request import MeasurementRequest
from lab.progress import progress_shown
from lab.run_folder import require_writable
from lab.stacks.compose import cache_lifetime_inside, experiments_project, run_inside, stack_from_inside
from lab.stacks.embedded import TTL_JITTER_RATIO, EmbeddedSettings, embedded_stack
from lab.stacks.external import ExternalStack
from lab.stacks.interface import Endpoints, Stack
from lab.stacks.services import require_answer
from lab.workforce import Workforce
from lab.workload import Workload
from loadtests.traces import Trace
from loadtests.value_sizes import DEFAULT_VALUE_SIZES

if TYPE_CHECKING:
    from lab.reporting import Results

LAB_FOLDER = Path(".lab")
Planned = Callable[[Trace | None], float] | float | None
"""About how many seconds an experiment takes, for the progress bar; None: as many as a comparison.

Where it depends on the trace that is replayed, it is a function of that.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureOptions:
    """What stood on the command line; `--help` explains each."""

    profile_name: str
    stack_kind: str
    data_url: str | None
    user_url: str | None
    database_url: str | None
    redis_url: str | None
    empty_cache: bool
    redis_server: Path | None
    workload: Workload
    users: int
    events: int
    seed: int
    reports: Path
    as_json: bool
    calibrate: bool = True
    workers: int = 1
    expect_workers: int = 0
    bind: str | None = None
    reads: tuple[str, ...] = ()
    working_set_keys: int | None = None
    sizing_leg_s: float | None = None
    blocks: int | None = None
    rate_rps: float | None = None
    until_ratio: float | None = None
    until_of: tuple[str, ...] = ()
    max_blocks: int | None = None

    def __post_init__(self) -> None:
        """Refuse what does not go together."""
        if not self.profile.reads:
            held = ", ".join(read.operation for read in PROFILES[self.profile_name].reads)
            raise click.UsageError(
                f"the profile {self.profile_name} has only these reads: {held}; give another --read or --profile"
            )
        if self.redis_server and self.stack_kind != "embedded":
            raise click.UsageError(f"--redis-server goes with --stack embedded, not {self.stack_kind}")
        if self.until_ratio is None and (self.until_of or self.max_blocks):
            raise click.UsageError("--until-of and --max-blocks say more about --until; give that as well")
        try:
            _ = self.until
        except ValueError as error:
            raise click.UsageError(f"--max-blocks {error}; raise it or give fewer --blocks") from error
        if self.workload.speed is not None and self.rate_rps is not None:
            raise click.UsageError("--speed takes the rate from the trace; give it or --rate")
        _ = self.workforce
        if self.stack_kind == "external":
            needed = {
                "--data-url": self.data_url,
                "--database-url": self.database_url,
                "--redis-url": self.redis_url,
            }
            missing = [name for name, url in needed.items() if not url]
            if missing:
                raise click.UsageError(f"--stack external needs {', '.join(missing)}")

    def refuse_speed(self, command: str) -> None:
        """Refuse --speed to a command that offers rates of its own."""
        if self.workload.speed is not None:
            raise click.UsageError(
                f"--speed does not go with {command}, which offers rates of its own; take lab run compare or "
                "sizing"
            )

    @property
    def workforce(self) -> Workforce:
        """The processes that make the load; raises UsageError where there cannot be such."""
        connections = PROFILES[self.profile_name].connections
        workforce = checked_workforce(self.workers, self.expect_workers, self.bind, connections=connections)
        if workforce.expect_workers and self.stack_kind == "compose":
            raise click.UsageError("--expect-workers does not go with --stack compose, whose network is its own")
        return workforce

    @property
    def profile(self) -> Profile:
        """The profile, cut to what was asked for."""
        profile = PROFILES[self.profile_name].of_reads(self.reads).of_blocks(self.blocks)
        return profile.of_working_set(self.working_set_keys).of_sizing_legs(self.sizing_leg_s)

    @property
    def until(self) -> UntilNarrow | None:
        """The rule asked for; None where the number of blocks is fixed."""
        if self.until_ratio is None:
            return None
        return until_narrow(self.profile, self.until_ratio, self.until_of or DEFAULT_STATISTICS, self.max_blocks)

    @property
    def longest(self) -> Profile:
        """The profile with as many blocks as a comparison may come to."""
        until = self.until
        return self.profile if until is None else self.profile.of_blocks(until.cap_blocks)

    def request(self, experiment: str, parts: tuple[MakePart, ...]) -> MeasurementRequest:
        """Return what is asked of the experiment."""
        ttl_s, jitter_ratio = self.cache_lifetime
        return MeasurementRequest(
            experiment=experiment,
            parts=parts,
            profile=self.profile,
            dataset=DatasetParameters(
                users=self.users, events=self.events, value_sizes=self.workload.value_sizes or DEFAULT_VALUE_SIZES
            ),
            workload=self.workload,
            rate_rps=self.rate_rps,
            until=self.until,
            seed=self.seed,
            cache_ttl_s=ttl_s,
            cache_ttl_jitter_ratio=jitter_ratio,
            reports=self.reports,
            empty_cache=self.empty_cache,
            workforce=self.workforce,
            command=command_line(),
        )

    @property
    def cache_lifetime(self) -> tuple[float | None, float | None]:
        """Time to live (s) and jitter that the services are started with; None where others start them."""
        if self.stack_kind == "embedded":
            return self.workload.ttl_s, TTL_JITTER_RATIO
        return cache_lifetime_inside()


def measure(options: MeasureOptions, experiment: str, *parts: MakePart, planned_s: Planned = None) -> None:
    """Run an experiment's parts and print what was found; ends the program with 3 when the run is not valid."""
    results, folder = run_and_report(options, experiment, *parts, planned_s=planned_s)
    show_results(results, folder, as_json=options.as_json)


def run_and_report(
    options: MeasureOptions, experiment: str, *parts: MakePart, planned_s: Planned = None
) -> "tuple[Results, Path]":
    """Run an experiment's parts and write its report; return what was found, and the run's folder.

    Under Compose all of it takes place in the lab's container, and the program ends with what that ends with.
    """
    parts = (calibrate_as_part, *parts) if options.calibrate else parts
    checked = check_request(options.request(experiment, parts))
    require_writable(options.reports)
    total_s = planned_s(checked.trace) if callable(planned_s) else planned_s or options.longest.seconds()
    if options.stack_kind == "compose" and stack_from_inside() is None:
        sys.exit(_measure_inside_compose(options))
    with progress_shown(total_s) as progress:
        if options.workload.speed is not None:
            progress.step(f"planned: {total_s / 60:,.1f} minutes, by the trace's own timing")
        progress.step(f"the {options.stack_kind} stack")
        with _stack(options) as stack:
            folder = run_measurement(checked, stack, progress)
        return publish_run(folder.path, progress), folder.path


@contextmanager
def _stack(options: MeasureOptions) -> Iterator[Stack]:
    if options.stack_kind == "embedded":
        settings = EmbeddedSettings(
            directory=LAB_FOLDER / "bench",
            redis_server=options.redis_server,
            cache_ttl_s=options.workload.ttl_s,
            lab_mode=True,
        )
        with embedded_stack(settings) as stack:
            yield stack
        return
    yield stack_from_inside() or _external_stack(options)


def _external_stack(options: MeasureOptions) -> Stack:
    data_url, database_url, redis_url = options.data_url, options.database_url, options.redis_url
    assert data_url and database_url and redis_url, "MeasureOptions saw to it"  # noqa: S101
    require_answer(data_url, "--data-url")
    if options.user_url:
        require_answer(options.user_url, "--user-url")
    endpoints = Endpoints(
        user_service_url=options.user_url,
        data_service_url=data_url,
        database_url=database_url,
        redis_url=redis_url,
    )
    return ExternalStack(kind="external", endpoints=endpoints)


def _measure_inside_compose(options: MeasureOptions) -> int:
    mounts = [(options.reports.absolute(), "rw")]
    if options.workload.trace is not None:
        mounts.append((options.workload.trace.path.absolute(), "ro"))
    with experiments_project() as project:
        return run_inside(project, sys.argv[1:], mounts)
