"""`lab verify`: whether a report follows from its measurement, and whether the files are what they were."""

import json
import sys
from pathlib import Path

import click

from lab.commands.finishing import EXIT_NOT_VALID


@click.command()
@click.argument("run", type=click.Path(path_type=Path), default=Path("reports/latest"))
@click.option("--json", "as_json", is_flag=True, help="Print what was compared and every difference as JSON.")
def verify(run: Path, as_json: bool) -> None:
    """Check that the report of RUN follows from its measurement.

    RUN is a run's folder, made here or elsewhere; by default reports/latest. Everything is computed again from
    run.json and the samples, and compared: results.json number by number (floats to 1e-9 of their size), both
    reports line by line, the data of the charts. Every file is held to its digest.

    Agreement proves that the report follows from the measurement, and that run.json and the samples are what they
    were when it ended. It does not prove who measured: whoever changes the samples, makes the report again and
    changes digests.json with them is found out only by the fingerprint, noted elsewhere when the run was made.

    Exit codes: 0 all agrees, 3 something differs, 1 the folder is no run or its samples are not there.
    """
    from lab.verification_text import format_json, format_lines, verify_run  # noqa: PLC0415 - slow to import

    verification = verify_run(run)
    if as_json:
        click.echo(json.dumps(format_json(verification), indent=1, ensure_ascii=False))
    else:
        click.echo("\n".join(format_lines(verification)))
    if verification.differences:
        sys.exit(EXIT_NOT_VALID)
    if not verification.complete:
        sys.exit(1)
