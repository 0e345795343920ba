"""A calibration as a run of its own: no stack, no data set, a folder like any other run's."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from lab.experiments.calibrate import Calibrate, CalibrationPlan
from lab.experiments.leg_book import LegBook
from lab.progress import Progress
from lab.run_folder import RunFolder, make_run_folder
from lab.run_record import RunRecord
from loadtests.worker_settings import WorkerSettings

EXPERIMENT = "calibrate"


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationRequest:
    """What the user asked for.

    Attributes:
        plan: what is sent.
        reports: where run folders go.
        command: the command line, for the report.
    """

    plan: CalibrationPlan
    reports: Path
    command: str


def run_calibration(request: CalibrationRequest, progress: Progress) -> RunFolder:
    """Calibrate and return the run's folder, with run.json and the samples in it.

    Raises:
        LabError: the server or the generator does not work; what was measured until then stays in the folder.
    """
    plan = request.plan
    folder = make_run_folder(request.reports, EXPERIMENT)
    record = RunRecord(
        experiment=EXPERIMENT,
        run_id=folder.run_id,
        seed=plan.seed,
        command=request.command,
        started=datetime.now(UTC),
    )
    # The URL and the samples' file are the calibration's to fill in.
    settings = WorkerSettings(url="", connections=plan.connections, epoch_ns=time.monotonic_ns(), samples="")
    book = LegBook(settings, folder.path, progress)
    part = Calibrate(plan, book)
    part.run()
    asked = {"parameters": {"blocks": plan.blocks, "connections": plan.connections, "arrivals": plan.arrivals}}
    folder.write_manifest(record.to_json({**asked, "reads": [], **part.to_json()}, book.legs))
    return folder
