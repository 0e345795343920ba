"""`lab run`: one question."""

from typing import Any

import click

from lab.commands.measuring import MeasureOptions, measure, measuring_options
from lab.experiments.compare import Compare


@click.group()
def run() -> None:
    """Run one experiment."""


@run.command()
@click.option(
    "--read",
    "reads",
    multiple=True,
    type=click.Choice(["user", "activity", "similar"]),
    help="Measure only this read; may be repeated. Default: all three.",
)
@click.option("--blocks", type=click.IntRange(min=2), help="Number of blocks. Default: the profile's.")
@click.option(
    "--rate",
    "rate_rps",
    type=click.FloatRange(min=0, min_open=True),
    help="Offered rate of both arms, requests a second. Default: half of the uncached arm's capacity.",
)
@measuring_options
def compare(**options: Any) -> None:
    """Compare each read through the cache with the same read past it."""
    measure(MeasureOptions(**options), "compare", Compare)
