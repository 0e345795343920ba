"""`lab run`: one question."""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import click

from lab.commands.measuring import MeasureOptions, measure
from lab.commands.measuring_options import measuring_options, measuring_options_but_ttl
from lab.commands.until import until_options
from lab.experiments.against_itself import AgainstItself, RepetitionPlan
from lab.experiments.capacity import Capacity
from lab.experiments.compare import Compare
from lab.experiments.freshness import POLICIES as WRITE_POLICIES
from lab.experiments.freshness import Freshness, FreshnessPlan
from lab.experiments.objective import Objective, ObjectiveError, parse_objective
from lab.experiments.sizing import Sizing
from lab.experiments.sizing_plan import POLICIES, SIZES_RATIO, SizingPlan

Command = TypeVar("Command", bound=Callable[..., Any])
READS = click.Choice(["user", "activity", "similar"])
MOST_BLOCKS = 16_000  # two turns a block, and legs are numbered in 16 bits


def _objective(context: click.Context, parameter: click.Parameter, text: str | None) -> Objective | None:
    """Return the objective that was written."""
    try:
        return None if text is None else parse_objective(text)
    except ObjectiveError as error:
        raise click.BadParameter(str(error)) from error


def _read_option(help_text: str) -> Callable[[Command], Command]:
    """Add the option that chooses one read."""
    return click.option("--read", type=READS, default="user", show_default=True, help=help_text)


def _rate_option(of_what: str) -> Callable[[Command], Command]:
    """Add the option that sets the one rate that is offered."""
    return click.option(
        "--rate",
        "rate_rps",
        type=click.FloatRange(min=0, min_open=True),
        help=f"Offered rate of {of_what}, requests a second.  [default: half of the uncached arm's capacity]",
    )


@click.group()
def run() -> None:
    """Run one experiment."""


@run.command()
@click.option(
    "--read",
    "reads",
    multiple=True,
    type=READS,
    help="Measure only this read; may be repeated. Default: all three.",
)
@click.option("--blocks", type=click.IntRange(min=2), help="Number of blocks. Default: the profile's.")
@_rate_option("both arms")
@until_options
@measuring_options
def compare(**options: Any) -> None:
    """Compare each read through the cache with the same read past it."""
    measure(MeasureOptions(**options), "compare", Compare)


@run.command()
@click.option(
    "--arm",
    "treatment",
    type=click.Choice(["uncached", "cached"]),
    default="uncached",
    show_default=True,
    help="What both arms are sent: past the cache, or through it.",
)
@_read_option("The read that is set against itself.")
@click.option(
    "--repetitions",
    type=click.IntRange(1, 1_000),
    default=20,
    show_default=True,
    help="Comparisons, each with an interval of its own.",
)
@click.option(
    "--blocks",
    type=click.IntRange(2, 100),
    default=6,
    show_default=True,
    help="Blocks in each comparison, each with a short turn of both arms.",
)
@_rate_option("both arms")
@measuring_options
def aa(treatment: str, read: str, repetitions: int, blocks: int, **options: Any) -> None:
    """Set one arm against itself: how often does the lab see a difference where there is none?

    Of the 95 % intervals of the comparisons, 95 % should hold 1; the report shows how many did.
    """
    if repetitions * blocks > MOST_BLOCKS:
        raise click.UsageError(
            f"{repetitions} repetitions of {blocks} blocks are more than {MOST_BLOCKS:,} blocks in one run; "
            "give fewer --repetitions or --blocks"
        )
    asked = MeasureOptions(reads=(read,), blocks=blocks, **options)
    plan = RepetitionPlan(treatment=treatment, repetitions=repetitions, blocks=blocks)
    asked.refuse_speed("lab run aa")
    measure(asked, "aa", partial(AgainstItself, plan), planned_s=plan.seconds(asked.profile))


@run.command()
@click.option(
    "--slo",
    "objective",
    callback=_objective,
    help="What to keep, as in 'p99<20ms': mean, p50, p95 or p99 of the response time, and a time with its unit "
    "(us, ms, s).  [default: p99<20ms; p99<200ms for similar]",
)
@click.option(
    "--read",
    "reads",
    multiple=True,
    type=READS,
    help="The read whose capacity is sought; may be repeated.  [default: activity]",
)
@measuring_options
def capacity(objective: Objective | None, reads: tuple[str, ...], **options: Any) -> None:
    """Find the highest rate at which each arm keeps an objective, and the curve of latency against load."""
    asked = MeasureOptions(reads=reads or ("activity",), **options)
    asked.refuse_speed("lab run capacity")
    measure(asked, "capacity", partial(Capacity, objective), planned_s=asked.profile.capacity_seconds())


@run.command()
@_read_option("The read whose cache is sized.")
@click.option(
    "--size",
    "sizes_percent",
    multiple=True,
    type=click.FloatRange(0, 100, min_open=True),
    help="Entries as a percentage of the working set; may be repeated.  [default: 1, 2, 5, 10, 20, 50, 100]",
)
@click.option(
    "--policy",
    "policies",
    multiple=True,
    type=click.Choice(POLICIES),
    help="The server's maxmemory-policy; may be repeated.  [default: all of them]",
)
@click.option(
    "--rate",
    "rates_rps",
    multiple=True,
    type=click.FloatRange(min=0, min_open=True),
    help="Offered rate, requests a second; may be repeated.  [default: half of the uncached arm's capacity]",
)
@click.option("--flat-out", is_flag=True, help="Measure each point as fast as answers come, too.")
@measuring_options
def sizing(
    read: str,
    sizes_percent: tuple[float, ...],
    policies: tuple[str, ...],
    rates_rps: tuple[float, ...],
    flat_out: bool,
    **options: Any,
) -> None:
    """Measure the hit ratio at each size and policy of the cache, beside what was predicted.

    A trace is replayed once at each point, from its start over an empty cache.
    """
    asked = MeasureOptions(reads=(read,), **options)
    if asked.workload.trace is not None and flat_out:
        raise click.UsageError("--flat-out does not go with --trace, each pass of which has every request once")
    plan = SizingPlan(
        sizes_ratio=tuple(sorted(percent / 100 for percent in sizes_percent)) or SIZES_RATIO,
        policies=policies or POLICIES,
        rates_rps=(*rates_rps, None) if flat_out else rates_rps,
    )
    if asked.workload.speed is not None and rates_rps:
        raise click.UsageError("--speed takes the rate from the trace; give it or --rate")
    planned = partial(plan.seconds, asked.profile, asked.workload.speed)
    measure(asked, "sizing", partial(Sizing, plan), planned_s=planned)


@run.command()
@_read_option("The read whose answers are cached.")
@click.option(
    "--ttl",
    "ttls_s",
    multiple=True,
    type=click.FloatRange(0.001, 86_400.0),
    help="Time to live of a cached answer, in seconds; may be repeated.  [default: 1, 5; full: 30 as well]",
)
@click.option(
    "--write-rate",
    "write_rates_rps",
    multiple=True,
    type=click.FloatRange(min=0),
    help="Writes a second beside the reads; may be repeated.  [default: 0, 1 % and 10 % of the reads]",
)
@click.option(
    "--write-policy",
    "policies",
    multiple=True,
    type=click.Choice(WRITE_POLICIES),
    help="What a write does to the cache: nothing, or delete the user's entries; may be repeated.  "
    "[default: both]",
)
@_rate_option("the reads")
@measuring_options_but_ttl
def freshness(
    read: str,
    ttls_s: tuple[float, ...],
    write_rates_rps: tuple[float, ...],
    policies: tuple[str, ...],
    **options: Any,
) -> None:
    """Measure what each time to live and write policy costs, and how stale it leaves the answers."""
    asked = MeasureOptions(reads=(read,), **options)
    plan = FreshnessPlan(
        ttls_s=tuple(sorted(set(ttls_s))),
        write_rates_rps=tuple(sorted(set(write_rates_rps))),
        policies=policies or WRITE_POLICIES,
        ttl_jitter_ratio=asked.cache_lifetime[1],
    )
    asked.refuse_speed("lab run freshness")
    measure(asked, "freshness", partial(Freshness, plan), planned_s=plan.seconds(asked.profile))
