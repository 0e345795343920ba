"""`lab report`: a run's results and report, made again."""

import sys
from pathlib import Path

import click

from lab.commands.measuring import EXIT_NOT_VALID


@click.command()
@click.argument("run", type=click.Path(path_type=Path), default=Path("reports/latest"))
def report(run: Path) -> None:
    """Make results.json, the charts and the report of RUN again from its run.json and samples.

    RUN is a run's folder; by default reports/latest.
    """
    from lab.reporting import State, print_verdict, publish  # noqa: PLC0415 - slow to import, see there

    results = publish(run.resolve(), latest=False)
    print_verdict(results, run)
    if results.state is State.INVALID:
        sys.exit(EXIT_NOT_VALID)
