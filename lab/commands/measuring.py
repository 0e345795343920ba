"""The options that every measuring command takes, and the way from them to a finished report."""

import json
import re
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from lab.dataset import DatasetParameters
from lab.experiments.conductor import MakePart
from lab.experiments.profile import PROFILES
from lab.measurement import MeasurementRequest, check_popularity, run_measurement
from lab.progress import progress_shown
from lab.run_folder import require_writable
from lab.stacks.compose import cache_lifetime_inside, experiments_project, run_inside, stack_from_inside
from lab.stacks.embedded import TTL_JITTER_RATIO, TTL_S, EmbeddedSettings, embedded_stack
from lab.stacks.external import ExternalStack
from lab.stacks.interface import Endpoints, Stack
from lab.stacks.services import require_answer
from loadtests.arrivals import ArrivalKind
from loadtests.popularity import SPELLINGS

Command = TypeVar("Command", bound=Callable[..., Any])
LAB_FOLDER = Path(".lab")
EXIT_NOT_VALID = 3
DEFAULT_POPULARITY = "zipf:0.99"


def measuring_options(command: Command) -> Command:
    """Add the options; their values are those of `MeasureOptions`."""
    for option in reversed(
        (
            click.option("--profile", "profile_name", type=click.Choice(list(PROFILES)), default="quick",
                         show_default=True, help="How long and how large: quick takes about 3 minutes."),
            click.option("--stack", "stack_kind", type=click.Choice(["embedded", "compose", "external"]),
                         default="embedded", show_default=True,
                         help="Processes of this machine, Docker Compose, or something that runs already."),
            click.option("--data-url", help="external: base URL of data-service, http://HOST:PORT."),
            click.option("--database-url", help="external: its database, postgresql://…"),
            click.option("--redis-url", help="external: its cache, redis://…"),
            click.option("--empty-cache", is_flag=True,
                         help="external: let the experiment delete the keys that the cache holds."),
            click.option("--redis-server", type=click.Path(path_type=Path),
                         help="embedded: another server binary than the bundled Valkey."),
            click.option("--trace", type=click.Path(path_type=Path),
                         help="Replay this trace (32-bit keys, plain or xz) instead of drawing keys."),
            click.option("--popularity", help=f"{SPELLINGS}.  [default: {DEFAULT_POPULARITY}]"),
            click.option("--arrivals", type=click.Choice(["poisson", "constant"]), default="poisson",
                         show_default=True, help="How an open loop spaces its requests."),
            click.option("--ttl", "ttl_s", type=click.FloatRange(min=0, min_open=True), default=TTL_S,
                         show_default=True, help="embedded: time to live of cache entries, in seconds."),
            click.option("--users", type=click.IntRange(min=1), default=20_000, show_default=True,
                         help="Users in the data set."),
            click.option("--events", type=click.IntRange(min=1), default=1_000_000, show_default=True,
                         help="Events in the data set."),
            click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True,
                         help="Seed of arrivals, keys and the order of arms."),
            click.option("--reports", type=click.Path(path_type=Path), default=Path("reports"),
                         show_default=True, help="Folder for the run's folder."),
            click.option("--json", "as_json", is_flag=True, help="Print results.json alone on standard output."),
        )
    ):  # fmt: skip
        command = option(command)
    return command


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureOptions:
    """What stood on the command line; `--help` explains each."""

    profile_name: str
    stack_kind: str
    data_url: str | None
    database_url: str | None
    redis_url: str | None
    empty_cache: bool
    redis_server: Path | None
    trace: Path | None
    popularity: str | None
    arrivals: ArrivalKind
    ttl_s: float
    users: int
    events: int
    seed: int
    reports: Path
    as_json: bool
    reads: tuple[str, ...] = ()
    blocks: int | None = None
    rate_rps: float | None = None

    def __post_init__(self) -> None:
        """Refuse what does not go together."""
        if self.trace and self.popularity:
            raise click.UsageError("--trace brings its own popularity; give one of the two")
        if self.redis_server and self.stack_kind != "embedded":
            raise click.UsageError(f"--redis-server goes with --stack embedded, not {self.stack_kind}")
        if self.stack_kind == "external":
            needed = {
                "--data-url": self.data_url,
                "--database-url": self.database_url,
                "--redis-url": self.redis_url,
            }
            missing = [name for name, url in needed.items() if not url]
            if missing:
                raise click.UsageError(f"--stack external needs {', '.join(missing)}")

    def request(self, experiment: str, parts: tuple[MakePart, ...]) -> MeasurementRequest:
        """Return what is asked of the experiment."""
        ttl_s, jitter_ratio = self._cache_lifetime()
        return MeasurementRequest(
            experiment=experiment,
            parts=parts,
            profile=PROFILES[self.profile_name].of_reads(self.reads).of_blocks(self.blocks),
            dataset=DatasetParameters(users=self.users, events=self.events),
            popularity=f"trace:{self.trace}" if self.trace else self.popularity or DEFAULT_POPULARITY,
            arrivals=self.arrivals,
            rate_rps=self.rate_rps,
            seed=self.seed,
            cache_ttl_s=ttl_s,
            cache_ttl_jitter_ratio=jitter_ratio,
            reports=self.reports,
            empty_cache=self.empty_cache,
            command=_without_passwords(shlex.join(["lab", *sys.argv[1:]])),
        )

    def _cache_lifetime(self) -> tuple[float | None, float | None]:
        if self.stack_kind == "embedded":
            return self.ttl_s, TTL_JITTER_RATIO
        return cache_lifetime_inside()


def measure(options: MeasureOptions, experiment: str, *parts: MakePart) -> None:
    """Run an experiment's parts and print what was found; ends the program with 3 when the run is not valid."""
    request = options.request(experiment, parts)
    trace = check_popularity(request)
    require_writable(request.reports)
    if options.stack_kind == "compose" and stack_from_inside() is None:
        sys.exit(_measure_inside_compose(options))
    with progress_shown(request.profile.seconds()) as progress:
        progress.step(f"the {options.stack_kind} stack")
        with _stack(options) as stack:
            folder = run_measurement(request, trace, stack, progress)
        progress.step("the report")
        from lab.reporting import State, print_verdict, publish  # noqa: PLC0415 - slow to import, see there

        results = publish(folder.path, latest=True)
    # Outside of the progress bar, which takes over standard output on a terminal.
    if options.as_json:
        click.echo(json.dumps(results.to_json()))
    else:
        print_verdict(results, folder.path)
    if results.state is State.INVALID:
        sys.exit(EXIT_NOT_VALID)


@contextmanager
def _stack(options: MeasureOptions) -> Iterator[Stack]:
    if options.stack_kind == "embedded":
        settings = EmbeddedSettings(
            directory=LAB_FOLDER / "bench", redis_server=options.redis_server, cache_ttl_s=options.ttl_s
        )
        with embedded_stack(settings) as stack:
            yield stack
        return
    yield stack_from_inside() or _external_stack(options)


def _external_stack(options: MeasureOptions) -> Stack:
    data_url, database_url, redis_url = options.data_url, options.database_url, options.redis_url
    assert data_url and database_url and redis_url, "MeasureOptions saw to it"  # noqa: S101
    require_answer(data_url, "--data-url")
    endpoints = Endpoints(
        user_service_url=None, data_service_url=data_url, database_url=database_url, redis_url=redis_url
    )
    return ExternalStack(kind="external", endpoints=endpoints)


def _measure_inside_compose(options: MeasureOptions) -> int:
    mounts = [(options.reports.absolute(), "rw")]
    if options.trace is not None:
        mounts.append((options.trace.absolute(), "ro"))
    with experiments_project() as project:
        return run_inside(project, sys.argv[1:], mounts)


def _without_passwords(command: str) -> str:
    return re.sub(r"(://[^/@\s:]*):[^/@\s]*@", r"\1:***@", command)
