"""The options that every measuring command takes; what they come to is `MeasureOptions`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from lab.commands.external_options import external_options
from lab.commands.workforce_options import workforce_options
from lab.commands.workload_options import workload_options, workload_options_but_ttl
from lab.experiments.profile import PROFILES

Command = TypeVar("Command", bound=Callable[..., Any])


def measuring_options(command: Command) -> Command:
    """Add the options; their values are those of `MeasureOptions`."""
    return workload_options(_other_options(command))


def measuring_options_but_ttl(command: Command) -> Command:
    """Add the options to a command that gives cached answers times to live of its own."""
    return workload_options_but_ttl(_other_options(command))


def _other_options(command: Command) -> Command:
    for option in reversed(
        (
            click.option("--profile", "profile_name", type=click.Choice(list(PROFILES)), default="quick",
                         show_default=True, help="How long and how large: quick takes about 3 minutes."),
            click.option("--stack", "stack_kind", type=click.Choice(["embedded", "compose", "external"]),
                         default="embedded", show_default=True,
                         help="Processes of this machine, Docker Compose, or something that runs already."),
            click.option("--user-url", help="external: base URL of user-service, for experiments that write."),
            *external_options,
            click.option("--redis-server", type=click.Path(path_type=Path),
                         help="embedded: another server binary than the bundled Valkey."),
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
