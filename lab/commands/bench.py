"""`lab bench`: the main job."""

from typing import Any

import click

from lab.commands.measuring import MeasureOptions, measure, measuring_options
from lab.experiments.compare import Compare


@click.command()
@measuring_options
def bench(**options: Any) -> None:
    """Measure the three reads with and without a cache and write one report.

    The last lines are the verdict and the path of the report.
    """
    measure(MeasureOptions(**options), "compare", Compare)
