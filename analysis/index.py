"""All runs on one page: reads the results.json and run.json of every run folder and writes reports/index.html."""

import json
from dataclasses import dataclass
from pathlib import Path

from analysis import format as fmt
from analysis.cautions import State
from analysis.errors import AnalysisError, RunError
from analysis.manifest import Manifest
from analysis.run import read_manifest
from analysis.templates import fill


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLine:
    """One run as the index shows it. ``link`` is its report, from the index."""

    folder: str
    link: str
    experiment: str
    when: str
    setting: str
    state: str
    headline: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A run folder that the index cannot show, and why."""

    folder: str
    reason: str


def write_index(reports: Path) -> Path:
    """Write the list of runs, newest first, and return its path.

    A folder without run.json is not a run and is passed over; one that is cut off is named with the reason.

    Raises:
        AnalysisError: The folder cannot be read or written.
    """
    try:
        folders = sorted(folder for folder in reports.iterdir() if _is_run(folder))
        found = [_line(folder) for folder in folders]
        lines = sorted((each for each in found if isinstance(each, tuple)), key=_age, reverse=True)
        unreadable = [each for each in found if isinstance(each, Unreadable)]
        index = reports / "index.html"
        index.write_text(fill("index.html", runs=[line for _, line in lines], unreadable=unreadable), "utf-8")
    except OSError as error:
        raise AnalysisError(
            f"{error.filename or reports} cannot be read or written ({error.strerror}): "
            "check the path and its permissions"
        ) from error
    return index


def _is_run(folder: Path) -> bool:
    # `latest` is a link to a run that is listed under its own name.
    return folder.is_dir() and not folder.is_symlink() and (folder / "run.json").is_file()


def _age(dated: tuple[str, RunLine]) -> tuple[str, str]:
    started_at, line = dated
    return started_at, line.folder


def _line(folder: Path) -> tuple[str, RunLine] | Unreadable:
    """Return the line of a run with the time it is sorted by, or why there is none."""
    file = folder / "results.json"
    try:
        manifest = read_manifest(folder)
        return manifest.started_at, _run_line(folder, manifest, json.loads(file.read_text("utf-8")))
    except RunError as error:
        return Unreadable(folder=folder.name, reason=str(error))
    except FileNotFoundError:
        return Unreadable(folder=folder.name, reason=f"{file} is missing: make its report first")
    except (ValueError, KeyError, TypeError) as error:
        return Unreadable(folder=folder.name, reason=f"{file} does not read as results ({error}): make it again")


def _run_line(folder: Path, manifest: Manifest, results: dict[str, object]) -> RunLine:
    return RunLine(
        folder=folder.name,
        link=f"{folder.name}/report.html",
        experiment=manifest.experiment,
        when=fmt.moment(manifest.started_at),
        setting=", ".join(filter(None, (manifest.profile, f"{manifest.stack_kind} stack"))),
        state=State(str(results["state"])).value,
        headline=str(results["headline"]),
    )
