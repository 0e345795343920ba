"""The options that say how many processes make the load, and who may join."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from lab.workforce import JOIN_TIMEOUT_S, Workforce
from loadtests.distributed.address import parse_address
from loadtests.errors import MasterError

Command = TypeVar("Command", bound=Callable[..., Any])


def workforce_options(command: Command) -> Command:
    """Add the options; their values go to `checked_workforce`."""
    for option in reversed(
        (
            click.option("--workers", type=click.IntRange(min=0), default=1, show_default=True,
                         help="Processes of this machine that make the load and share its connections."),
            click.option("--expect-workers", type=click.IntRange(min=0), default=0, show_default=True,
                         help="Wait for this many more, each started with `lab worker`, for "
                              f"{JOIN_TIMEOUT_S / 60:g} minutes at most."),
            click.option("--bind", metavar="HOST[:PORT]",
                         help="Where those join. Nobody is asked who he is: open it to trusted networks only."
                              "  [default: 127.0.0.1, a free port]"),
        )
    ):  # fmt: skip
        command = option(command)
    return command


def checked_workforce(workers: int, expect_workers: int, bind: str | None, *, connections: int) -> Workforce:
    """Return the workforce asked for, to share so many connections.

    Raises:
        click.UsageError: it cannot be.
    """
    if not workers + expect_workers:
        raise click.UsageError("--workers 0 leaves nobody to make the load; give --expect-workers as well")
    if workers + expect_workers > connections:
        raise click.UsageError(f"more workers than the {connections} connections of a run; give fewer --workers")
    if bind is None:
        return Workforce(workers=workers, expect_workers=expect_workers)
    if not expect_workers:
        raise click.UsageError("--bind says where others join; give --expect-workers as well")
    try:
        return Workforce(workers=workers, expect_workers=expect_workers, bind=str(parse_address(bind)))
    except MasterError as error:
        raise click.UsageError(f"--bind: {error}") from error
