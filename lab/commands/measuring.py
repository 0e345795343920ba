"""The options that every measuring command takes, and the way from them to a finished report."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from lab.commands.finishing import command_line, publish_run, show_results
from lab.commands.until import DEFAULT_STATISTICS
from lab.commands.workforce_options import checked_workforce, workforce_options
from lab.dataset import DatasetParameters
from lab.experiments.calibrate import calibrate_as_part
from lab.experiments.conductor import MakePart
from lab.experiments.profile import PROFILES, Profile
from lab.experiments.stopping import UntilNarrow, until_narrow
from lab.measurement import MeasurementRequest, check_popularity, run_measurement
from lab.progress import progress_shown
from lab.run_folder import require_writable
from lab.stacks.compose import cache_lifetime_inside, experiments_project, run_inside, stack_from_inside
from lab.stacks.embedded import TTL_JITTER_RATIO, TTL_S, EmbeddedSettings, embedded_stack
from lab.stacks.external import ExternalStack
from lab.stacks.interface import Endpoints, Stack
from lab.stacks.services import require_answer
from lab.workforce import Workforce
from loadtests.arrivals import ArrivalKind
from loadtests.popularity import SPELLINGS

if TYPE_CHECKING:
    from lab.reporting import Results

Command = TypeVar("Command", bound=Callable[..., Any])
LAB_FOLDER = Path(".lab")
DEFAULT_POPULARITY = "zipf:0.99"


def measuring_options(command: Command) -> Command:
    """Add the options; their values are those of `MeasureOptions`."""
    ttl = click.option("--ttl", "ttl_s", type=click.FloatRange(min=0, min_open=True), default=TTL_S,
                       show_default=True, help="embedded: time to live of cache entries, in seconds.")  # fmt: skip
    return ttl(measuring_options_but_ttl(command))


def measuring_options_but_ttl(command: Command) -> Command:
    """Add the options to a command that gives cached answers times to live of its own."""
    for option in reversed(
        (
            click.option("--profile", "profile_name", type=click.Choice(list(PROFILES)), default="quick",
                         show_default=True, help="How long and how large: quick takes about 3 minutes."),
            click.option("--stack", "stack_kind", type=click.Choice(["embedded", "compose", "external"]),
                         default="embedded", show_default=True,
                         help="Processes of this machine, Docker Compose, or something that runs already."),
            click.option("--data-url", help="external: base URL of data-service, http://HOST:PORT."),
            click.option("--user-url", help="external: base URL of user-service, for experiments that write."),
            click.option("--database-url", help="external: its database, postgresql://…"),
            click.option("--redis-url", help="external: its cache, redis://…"),
            click.option("--empty-cache", is_flag=True,
                         help="external: let the experiment delete the keys that the cache holds."),
            click.option("--redis-server", type=click.Path(path_type=Path),
                         help="embedded: another server binary than the bundled Valkey."),
            click.option("--trace", type=click.Path(path_type=Path),
                         help="Replay this trace instead of drawing keys: 32-bit keys, CSV, Twitter's format or "
                         "libCacheSim's oracleGeneral; plain, gzip, xz or zst."),
            click.option("--popularity", help=f"{SPELLINGS}.  [default: {DEFAULT_POPULARITY}]"),
            click.option("--arrivals", type=click.Choice(["poisson", "constant"]), default="poisson",
                         show_default=True, help="How an open loop spaces its requests."),
            click.option("--users", type=click.IntRange(min=1), default=20_000, show_default=True,
                         help="Users in the data set."),
            click.option("--events", type=click.IntRange(min=1), default=1_000_000, show_default=True,
                         help="Events in the data set."),
            click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True,
                         help="Seed of arrivals, keys and the order of arms."),
            click.option("--calibrate/--no-calibrate", default=True, show_default=True,
                         help="First find what the lab itself adds to a time (5 s); the report says it."),
            click.option("--reports", type=click.Path(path_type=Path), default=Path("reports"),
                         show_default=True, help="Folder for the run's folder."),
            click.option("--json", "as_json", is_flag=True, help="Print results.json alone on standard output."),
        )
    ):  # fmt: skip
        command = option(command)
    return workforce_options(command)


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
    trace: Path | None
    popularity: str | None
    arrivals: ArrivalKind
    users: int
    events: int
    seed: int
    reports: Path
    as_json: bool
    ttl_s: float = TTL_S
    calibrate: bool = True
    workers: int = 1
    expect_workers: int = 0
    bind: str | None = None
    reads: tuple[str, ...] = ()
    working_set_keys: int | None = None
    blocks: int | None = None
    rate_rps: float | None = None
    until_ratio: float | None = None
    until_of: tuple[str, ...] = ()
    max_blocks: int | None = None

    def __post_init__(self) -> None:
        """Refuse what does not go together."""
        if self.trace and self.popularity:
            raise click.UsageError("--trace brings its own popularity; give one of the two")
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
        return profile.of_working_set(self.working_set_keys)

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
            dataset=DatasetParameters(users=self.users, events=self.events),
            popularity=f"trace:{self.trace}" if self.trace else self.popularity or DEFAULT_POPULARITY,
            arrivals=self.arrivals,
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
            return self.ttl_s, TTL_JITTER_RATIO
        return cache_lifetime_inside()


def measure(options: MeasureOptions, experiment: str, *parts: MakePart, planned_s: float | None = None) -> None:
    """Run an experiment's parts and print what was found; ends the program with 3 when the run is not valid.

    `planned_s` is about how long they take, for the progress bar; by default as long as a comparison.
    """
    results, folder = run_and_report(options, experiment, *parts, planned_s=planned_s)
    show_results(results, folder, as_json=options.as_json)


def run_and_report(
    options: MeasureOptions, experiment: str, *parts: MakePart, planned_s: float | None = None
) -> "tuple[Results, Path]":
    """Run an experiment's parts and write its report; return what was found, and the run's folder.

    Under Compose all of it takes place in the lab's container, and the program ends with what that ends with.
    """
    request = options.request(experiment, (calibrate_as_part, *parts) if options.calibrate else parts)
    trace = check_popularity(request)
    require_writable(request.reports)
    if options.stack_kind == "compose" and stack_from_inside() is None:
        sys.exit(_measure_inside_compose(options))
    with progress_shown(planned_s or options.longest.seconds()) as progress:
        progress.step(f"the {options.stack_kind} stack")
        with _stack(options) as stack:
            folder = run_measurement(request, trace, stack, progress)
        return publish_run(folder.path, progress), folder.path


@contextmanager
def _stack(options: MeasureOptions) -> Iterator[Stack]:
    if options.stack_kind == "embedded":
        settings = EmbeddedSettings(
            directory=LAB_FOLDER / "bench",
            redis_server=options.redis_server,
            cache_ttl_s=options.ttl_s,
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
    if options.trace is not None:
        mounts.append((options.trace.absolute(), "ro"))
    with experiments_project() as project:
        return run_inside(project, sys.argv[1:], mounts)
