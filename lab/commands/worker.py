"""`lab worker`: lends this machine to a run that is conducted on another."""

import os
import sys

import click

from loadtests.distributed.address import DEFAULT_PORT, parse_address
from loadtests.errors import MasterError


@click.command()
@click.option(
    "--master", required=True, metavar="HOST[:PORT]", help=f"The run's --bind.  [default port: {DEFAULT_PORT}]"
)
@click.option(
    "--wait",
    "wait_s",
    type=click.FloatRange(min=1, max=86_400),
    default=60.0,
    show_default=True,
    help="How long to look for the master, in seconds.",
)
def worker(master: str, wait_s: float) -> None:
    """Make load for a run that another machine conducts, until it is over.

    There, `lab run … --expect-workers 1 --bind 0.0.0.0:5557` waits for it. The service must be one that both
    reach, the versions of Hit or Miss the same. Master and workers do not prove who they are and do not encrypt:
    use it in a network that you trust. Ctrl-C ends it.
    """
    try:
        parse_address(master)
    except MasterError as error:
        raise click.UsageError(f"--master: {error}") from error
    # In place of this process, so that signals and the exit code are the worker's. The lab itself never imports
    # Locust, which patches the standard library.
    arguments = ["-P", "-m", "loadtests.worker", "--master", master, "--wait", str(wait_s)]
    os.execv(sys.executable, [sys.executable, *arguments])  # noqa: S606 - the interpreter that runs this
