"""The options of the commands that may stop by rule: `--until`, `--until-of` and `--max-blocks`."""

import math
from collections.abc import Callable
from typing import Any, TypeVar

import click

from analysis.thresholds import SEQUENTIAL_BLOCKS

Command = TypeVar("Command", bound=Callable[..., Any])
STATISTICS = ("mean", "p50", "p95", "p99")
DEFAULT_STATISTICS = ("mean",)


def _share(context: click.Context, parameter: click.Parameter, text: str | None) -> float | None:
    """Return a half-width as a share of the whole, from 5% or 0.05."""
    if text is None:
        return None
    try:
        ratio = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        ratio = math.nan
    if not 0 < ratio < 1:
        raise click.BadParameter(f"{text!r} is no half-width between 0 and 100 %; write 5% or 0.05")
    return ratio


def until_options(command: Command) -> Command:
    """Add the options; their values are those of `MeasureOptions`."""
    for option in reversed(
        (
            click.option("--until", "until_ratio", callback=_share, metavar="WIDTH",
                         help="Go on adding blocks until each read's speed-up is known to ± WIDTH (5% or 0.05), "
                              f"for at least {SEQUENTIAL_BLOCKS} blocks and at most --max-blocks."),
            click.option("--until-of", type=click.Choice(STATISTICS), multiple=True,
                         help="Whose speed-up --until asks for; may be repeated.  [default: mean]"),
            click.option("--max-blocks", type=click.IntRange(2, 10_000),
                         help="Blocks after which --until gives up.  [default: 4 times the profile's]"),
        )
    ):  # fmt: skip
        command = option(command)
    return command
