"""`lab calibrate`: what the lab itself adds, and what it can tell apart."""

from pathlib import Path

import click

from lab.calibration.run import CalibrationRequest, run_calibration
from lab.commands.finishing import command_line, publish_run, show_results
from lab.experiments.calibrate import CalibrationPlan
from lab.progress import progress_shown
from lab.run_folder import require_writable


@click.command()
@click.option(
    "--rate",
    "rate_rps",
    type=click.FloatRange(1, 50_000),
    default=1_000.0,
    show_default=True,
    help="Offered rate, requests a second.",
)
@click.option(
    "--blocks",
    type=click.IntRange(2, 1_000),
    default=6,
    show_default=True,
    help="Number of blocks, half a second each.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    help="Seed of arrivals and the order of turns.",
)
@click.option(
    "--reports",
    type=click.Path(path_type=Path),
    default=Path("reports"),
    show_default=True,
    help="Folder for the run's folder.",
)
@click.option("--json", "as_json", is_flag=True, help="Print results.json alone on standard output.")  # fmt: skip
def calibrate(rate_rps: float, blocks: int, seed: int, reports: Path, as_json: bool) -> None:
    """Find what the lab itself adds to a time, and the smallest difference it can tell.

    Needs no stack: the load goes to a server of the lab's own that answers at once, under two names that mean
    the same. The answers' times are the floor of every other; what differs between the two names is error.
    """
    request = CalibrationRequest(
        plan=CalibrationPlan(seed=seed, rate_rps=rate_rps, blocks=blocks), reports=reports, command=command_line()
    )
    require_writable(reports)
    with progress_shown(request.plan.seconds()) as progress:
        folder = run_calibration(request, progress)
        results = publish_run(folder.path, progress)
    show_results(results, folder.path, as_json=as_json)
