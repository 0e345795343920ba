"""`lab bench`: the main job."""

from functools import partial
from typing import Any

import click

from lab.commands.measuring import MeasureOptions, measure
from lab.commands.measuring_options import measuring_options
from lab.commands.until import until_options
from lab.experiments.capacity import Capacity
from lab.experiments.compare import Compare
from lab.experiments.conductor import MakePart


@click.command()
@until_options
@measuring_options
def bench(**options: Any) -> None:
    """Measure the three reads with and without a cache and write one report.

    The full profile also finds the rate that each arm carries. The last lines are the verdict and the path of the
    report.
    """
    asked = MeasureOptions(**options)
    if asked.profile.seeks_capacity:
        asked.refuse_speed(f"--profile {asked.profile_name}, ")
    parts: tuple[MakePart, ...] = (
        (Compare, partial(Capacity, None)) if asked.profile.seeks_capacity else (Compare,)
    )
    measure(asked, "compare", *parts)
