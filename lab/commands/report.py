"""`lab report`: a run's results and report, made again."""

from pathlib import Path

import click

from analysis.index import write_index
from analysis.report import write_report
from lab.verdict_text import print_verdict


@click.command()
@click.argument("run", type=click.Path(path_type=Path), default=Path("reports/latest"))
def report(run: Path) -> None:
    """Make results.json, the charts and the report of RUN again from its run.json and samples.

    RUN is a run's folder; by default reports/latest.
    """
    folder = run.resolve()
    results = write_report(folder)
    write_index(folder.parent)
    print_verdict(results, run)
