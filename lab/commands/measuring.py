"""The options that every measuring command takes, and the way from them to a finished report."""

import json
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from lab.comparison import ComparisonRequest, check_popularity, run_comparison
from lab.dataset import DatasetParameters
from lab.experiments.profile import PROFILES, profile_named
from lab.progress import progress_shown
from lab.run_folder import require_writable
from lab.stacks.compose import experiments_project, run_inside, stack_from_inside
from lab.stacks.embedded import TTL_JITTER_RATIO, TTL_S, EmbeddedSettings, embedded_stack
from lab.stacks.external import ExternalStack
from lab.stacks.interface import Endpoints, Stack
from lab.stacks.services import require_answer
from loadtests.popularity import SPELLINGS

Command = TypeVar("Command", bound=Callable[..., Any])
LAB_FOLDER = Path(".lab")
EXIT_NOT_VALID = 3
DEFAULT_POPULARITY = "zipf:0.99"


def measuring_options(command: Command) -> Command:
    """Add the options; their values arrive as keyword arguments for `measure`."""
    for option in reversed(
        (
            click.option("--profile", "profile_name", type=click.Choice(list(PROFILES)), default="quick",
                         show_default=True, help="How long and how large: quick takes about 3 minutes."),
            click.option("--stack", "stack_kind", type=click.Choice(["embedded", "compose", "external"]),
                         default="embedded", show_default=True,
                         help="Processes of this machine, Docker Compose, or something that runs already."),
            click.option("--data-url", help="external: base URL of data-service, http://HOST:PORT."),
            click.option("--database-url", envvar="DATABASE_URL", help="external: its database, postgresql://…"),
            click.option("--redis-url", envvar="REDIS_URL", help="external: its cache, redis://…"),
            click.option("--overwrite-data", is_flag=True,
                         help="Let the data set replace users that the lab did not make."),
            click.option("--redis-server", type=click.Path(path_type=Path),
                         help="embedded: another server binary than the bundled Valkey."),
            click.option("--trace", type=click.Path(path_type=Path),
                         help="Replay this trace (32-bit keys, plain or xz) instead of drawing keys."),
            click.option("--popularity", default=DEFAULT_POPULARITY, show_default=True, help=SPELLINGS + "."),
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


def measure(
    *,
    profile_name: str,
    stack_kind: str,
    trace: Path | None,
    popularity: str,
    users: int,
    events: int,
    as_json: bool,
    reads: tuple[str, ...] = (),
    blocks: int | None = None,
    rate_rps: float | None = None,
    **options: Any,
) -> None:
    """Run `compare` as asked and print its verdict; ends the program with 3 when the run is not valid."""
    request = ComparisonRequest(
        profile=profile_named(profile_name).of_reads(reads).of_blocks(blocks),
        dataset=DatasetParameters(users=users, events=events),
        popularity=f"trace:{trace}" if trace else popularity,
        arrivals=options["arrivals"],
        rate_rps=rate_rps,
        seed=options["seed"],
        cache_ttl_s=options["ttl_s"],
        cache_ttl_jitter_ratio=TTL_JITTER_RATIO,
        reports=options["reports"],
        overwrite_data=options["overwrite_data"],
        command=shlex.join(["lab", *sys.argv[1:]]),
    )
    replayed = check_popularity(request)
    require_writable(request.reports)
    if stack_kind == "compose" and stack_from_inside() is None:
        sys.exit(_measure_inside_compose(request, trace))
    with progress_shown(request.profile.seconds()) as progress:
        progress.step(f"the {stack_kind} stack")
        with _stack(stack_kind, options) as stack:
            folder = run_comparison(request, replayed, stack, progress)
        progress.step("the report")
        _report(folder.path, as_json=as_json)


def _report(folder: Path, *, as_json: bool) -> None:
    from lab.reporting import State, print_verdict, publish  # noqa: PLC0415 - slow to import, see there

    results = publish(folder, latest=True)
    if as_json:
        click.echo(json.dumps(results.to_json()))
    else:
        print_verdict(results, folder)
    if results.state is State.INVALID:
        sys.exit(EXIT_NOT_VALID)


@contextmanager
def _stack(kind: str, options: dict[str, Any]) -> Iterator[Stack]:
    if kind == "embedded":
        settings = EmbeddedSettings(
            directory=LAB_FOLDER / "bench", redis_server=options["redis_server"], cache_ttl_s=options["ttl_s"]
        )
        with embedded_stack(settings) as stack:
            yield stack
        return
    yield stack_from_inside() or _external_stack(options)


def _external_stack(options: dict[str, Any]) -> Stack:
    needed = ("data_url", "database_url", "redis_url")
    missing = [f"--{name.replace('_', '-')}" for name in needed if not options[name]]
    if missing:
        raise click.UsageError(f"--stack external needs {', '.join(missing)}")
    require_answer(options["data_url"], "--data-url")
    return ExternalStack(
        kind="external",
        endpoints=Endpoints(
            user_service_url=None,
            data_service_url=options["data_url"],
            database_url=options["database_url"],
            redis_url=options["redis_url"],
        ),
    )


def _measure_inside_compose(request: ComparisonRequest, trace: Path | None) -> int:
    mounts = [(request.reports.resolve(), "rw")]
    if trace is not None:
        mounts.append((trace.resolve(), "ro"))
    with experiments_project() as project:
        return run_inside(project, sys.argv[1:], mounts)
