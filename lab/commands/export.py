"""`lab export`: a run for other tools."""

from pathlib import Path

import click

MEASURED, EVERY_PHASE = "measure", "all"


@click.command()
@click.argument("run", type=click.Path(path_type=Path), default=Path("reports/latest"))
@click.option(
    "--format",
    "kind",
    type=click.Choice(["hgrm", "csv", "json"]),
    required=True,
    help="hgrm: HdrHistogram's percentile distribution, in ms. csv: the samples, a row a request, in ns. "
    "json: estimates, blocks and cautions of results.json as records.",
)
@click.option("--read", "operation", help="Only this read, such as similar. Default: all.")
@click.option("--arm", help="Only this arm, as the samples name it. Default: all.")
@click.option(
    "--population",
    type=click.Choice(["hit", "miss", "cached", "uncached"]),
    help="Only this population; hit and miss are of the cached arm. Default: all.",
)
@click.option(
    "--phase",
    default=MEASURED,
    show_default=True,
    help="hgrm, csv: only requests of this phase, such as warmup or ramp; `all` takes every one.",
)
@click.option(
    "--time",
    type=click.Choice(["response", "service"]),
    help="hgrm: response time counts from when a request was due, service time from when it was sent.  "
    "[default: response]",
)
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    help="File to write, or folder for several. Default: standard output; several go to RUN/exports.",
)
def export(  # noqa: PLR0917 - click passes them by name
    run: Path,
    kind: str,
    operation: str | None,
    arm: str | None,
    population: str | None,
    phase: str,
    time: str | None,
    output: Path | None,
) -> None:
    """Write RUN in a format that other tools read.

    RUN is a run's folder; by default reports/latest. With hgrm each read and population has a distribution of its
    own: one goes to standard output, several go to files. Where requests failed, a distribution stops below the
    percentiles that they reach; in csv they have no response time.
    """
    if arm and population:
        raise click.UsageError("--arm and --population both choose requests; give one of the two")
    if time and kind != "hgrm":
        raise click.UsageError(f"--time goes with --format hgrm; {kind} holds both times")
    if phase != MEASURED and kind == "json":
        raise click.UsageError("--phase chooses samples; --format json holds results")
    from lab.exporting import make_csv, make_hgrm, make_json, select, write_exports  # noqa: PLC0415 - slow, see there

    chosen = population or arm
    if kind == "json":
        exports = make_json(run, operation, chosen)
    else:
        selection = select(None if phase == EVERY_PHASE else phase, operation, chosen)
        exports = make_csv(run, selection) if kind == "csv" else make_hgrm(run, selection, time or "response")
    for file in write_exports(exports, output, run):
        click.echo(file)
