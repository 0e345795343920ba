"""How a measuring command ends: the report, what was found on standard output, and the exit code."""

import json
import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lab.progress import Progress

if TYPE_CHECKING:
    from lab.reporting import Results

EXIT_NOT_VALID = 3


def publish_run(folder: Path, progress: Progress) -> "Results":
    """Write the report of a run that has just ended."""
    progress.step("the report")
    from lab.reporting import publish  # noqa: PLC0415 - slow to import, see there

    return publish(folder, latest=True)


def show_results(results: "Results", folder: Path, *, as_json: bool) -> None:
    """Print what was found; ends the program with 3 when the run is not valid.

    Not to be called under a progress bar, which takes over standard output on a terminal.
    """
    from lab.reporting import State, print_verdict  # noqa: PLC0415 - slow to import, see there

    if as_json:
        click.echo(json.dumps(results.to_json()))
    else:
        print_verdict(results, folder)
    if results.state is State.INVALID:
        sys.exit(EXIT_NOT_VALID)


def command_line() -> str:
    """Return the command line for the report, with passwords taken out of its URLs."""
    return re.sub(r"(://[^/@\s:]*):[^/@\s]*@", r"\1:***@", shlex.join(["lab", *sys.argv[1:]]))
