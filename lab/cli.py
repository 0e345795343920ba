"""The program `lab`: its commands, and how it ends."""

import signal
import sys
from types import FrameType

import click

from analysis.errors import AnalysisError
from lab.commands.bench import bench
from lab.commands.calibrate import calibrate
from lab.commands.export import export
from lab.commands.fill import fill
from lab.commands.report import report
from lab.commands.run import run
from lab.commands.size import size
from lab.commands.stack import down, ui, up
from lab.commands.verify import verify
from lab.commands.worker import worker
from lab.commands.workloads import workloads
from lab.errors import LabError
from loadtests.errors import LoadError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="hit-or-miss", prog_name="lab")
def cli() -> None:
    """Hit or Miss finds out what a cache really buys.

    Exit codes: 0 good, 1 an expected failure, 2 wrong use, 3 a run that is not valid.
    """


for command in (bench, run, size, calibrate, report, verify, export, worker, workloads, up, down, ui, fill):
    cli.add_command(command)


def main() -> None:
    """Run the command line; an expected failure is one sentence, a bug keeps its traceback."""
    # A polite end from outside unwinds as Ctrl-C does, so that nothing is left running.
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        cli()
    except (LabError, LoadError, AnalysisError) as error:
        click.echo(f"lab: {error}", err=True)
        sys.exit(1)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
