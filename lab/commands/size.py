"""`lab size`: the smallest cache that meets a goal, in one command."""

import json
import sys
import time
from typing import Any

import click

from analysis.errors import PredictionError
from analysis.size.goal import Goal, parse_goal
from lab.commands.finishing import EXIT_NOT_VALID
from lab.commands.size_options import SizeOptions, confirm_options, workload_options

EXIT_NOT_MET = 1


def _goals(context: click.Context, parameter: click.Parameter, texts: tuple[str, ...]) -> tuple[Goal, ...]:
    """Return the goals that were written."""
    try:
        return tuple(parse_goal(text) for text in texts)
    except PredictionError as error:
        raise click.BadParameter(str(error)) from error


@click.command()
@click.option(
    "--goal",
    "goals",
    multiple=True,
    required=True,
    callback=_goals,
    help="What must hold; may be repeated: 'hit_ratio>=0.9' (or 90%), 'p99<5ms' (mean, p50, p95, p99; us, ms, s), "
    "'db_rps<100' calls a second, 'cost<20' a month.",
)
@workload_options
@confirm_options
@click.option("--json", "as_json", is_flag=True, help="Print all of it as JSON alone on standard output.")
def size(**options: Any) -> None:
    """Find the smallest memory, the policy and the time to live that meet a goal.

    By prediction, in seconds: requests are replayed by the server's own eviction, and entries are measured on a
    server that is started for it. --confirm then tries the setting on the live stack.

    Exit codes: 0 there is a setting (and it held), 1 there is none (or it did not hold), 3 the run that was to
    confirm it is not valid.
    """
    started = time.monotonic()
    asked = SizeOptions(**options)
    from lab.size.asking import ask  # noqa: PLC0415 - slow to import, as all of these: pandas, SciPy, Numba
    from lab.size.confirming import confirm_answer  # noqa: PLC0415 - as above
    from lab.size.report import print_answer  # noqa: PLC0415 - as above

    found = ask(asked)
    seconds = time.monotonic() - started
    if not asked.as_json:
        print_answer(found, seconds)
    confirmation = confirm_answer(asked, found) if asked.confirm and found.has_answer else None
    if asked.as_json:
        confirmed = None if confirmation is None else confirmation.to_json()
        click.echo(json.dumps({**found.to_json(), "seconds": seconds, "confirmation": confirmed}))
    elif confirmation is not None:
        click.echo(confirmation.text)
    if confirmation is not None and confirmation.doubt is not None:
        sys.exit(EXIT_NOT_VALID)
    if not found.has_answer or (confirmation is not None and not confirmation.held):
        sys.exit(EXIT_NOT_MET)
