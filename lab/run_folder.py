"""Makes and fills the folder of one run: run.json, samples/, their digests, and the `latest` link beside it."""

import json
import os
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from analysis.digests import seal_measured
from lab.errors import RunFolderError


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFolder:
    """A folder that is there and may be written to."""

    path: Path

    @property
    def run_id(self) -> str:
        """The folder's name."""
        return self.path.name

    @property
    def samples(self) -> Path:
        """The folder of Parquet files, one a worker."""
        return self.path / "samples"

    def write_manifest(self, manifest: dict[str, Any]) -> None:
        """Write run.json, whole or not at all, and set the digests of it and of the samples.

        The last act of a measurement, when the samples are whole: `lab verify` holds all files to what they were
        then, and no report made later sets these digests anew.
        """
        draft = self.path / "run.json.part"
        draft.write_text(json.dumps(manifest, indent=1) + "\n")
        draft.replace(self.path / "run.json")
        seal_measured(self.path)


def require_writable(reports: Path) -> None:
    """Make the reports folder and try to write to it, before anything is started or measured.

    Raises:
        RunFolderError: it cannot be written to.
    """
    try:
        reports.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=reports):
            pass
    except OSError as error:
        raise RunFolderError(
            f"the reports folder {reports} cannot be written to ({error.strerror}); give another with --reports"
        ) from error


def make_run_folder(reports: Path, experiment: str, now: datetime | None = None) -> RunFolder:
    """Make the folder for a run that begins now, in a reports folder known to be writable."""
    stamp = (now or datetime.now(UTC)).strftime("%Y-%m-%dT%H-%M-%S")
    path = reports / f"{stamp}-{experiment}"
    number = 1
    while path.exists():  # two runs in one second
        number += 1
        path = reports / f"{stamp}-{experiment}-{number}"
    folder = RunFolder(path=path)
    folder.samples.mkdir(parents=True)
    return folder


def point_latest_at(run: Path) -> None:
    """Make `latest`, beside the run, a link to it."""
    draft = run.parent / f".latest-{os.getpid()}"
    draft.symlink_to(run.name)
    draft.replace(run.parent / "latest")
