"""`lab report`: a run's results and report, made again."""

from pathlib import Path

import click

from lab.commands.finishing import show_results


@click.command()
@click.argument("run", type=click.Path(path_type=Path), default=Path("reports/latest"))
def report(run: Path) -> None:
    """Make results.json, the charts and the report of RUN again from its run.json and samples.

    RUN is a run's folder; by default reports/latest.
    """
    from lab.reporting import publish  # noqa: PLC0415 - slow to import, see there

    show_results(publish(run.resolve(), latest=False), run, as_json=False)
