"""`lab bench`: the main job."""

from functools import partial
from typing import Any

import click

from lab.commands.measuring import MeasureOptions, measure
from lab.commands.measuring_options import measuring_options
from lab.commands.until import until_options
from lab.experiments.capacity import Capacity
from lab.experiments.compare_and_size import CompareAndSize, bench_seconds
from lab.experiments.conductor import MakePart


@click.command()
@until_options
@measuring_options
def bench(**options: Any) -> None:
    """Measure three reads with and without a cache, the first at several sizes of it, and write one report.

    The full profile measures more sizes, and also finds the rate that each arm carries. The last lines are the
    verdict and the path of the report.
    """
    asked = MeasureOptions(**options)
    if asked.profile.seeks_capacity:
        asked.refuse_speed(f"--profile {asked.profile_name}")
    parts: tuple[MakePart, ...] = (CompareAndSize,)
    planned_s = bench_seconds(asked.longest)
    if asked.profile.seeks_capacity:
        parts = (*parts, partial(Capacity, None))
        planned_s += asked.profile.capacity_seconds()
    measure(asked, "compare", *parts, planned_s=planned_s)
