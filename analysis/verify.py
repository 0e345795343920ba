"""Run folder → verification: the whole report made again and compared, and every file held to its digest.

It reads the folder and nothing else, so that a run verifies on another machine than it was made on. Agreement
proves that the report follows from the measurement in this folder, and, by the digests, that the measurement is
what it was when it ended. It does not prove who measured: digests are no signature (see :mod:`analysis.digests`).
Pictures are held to their digests alone; what they show is compared as the data beside them.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from analysis.charts.chart import Chart, leave_blank
from analysis.differences import Comparison, Difference, compare_lines, compare_values
from analysis.digests import NONE, Digests, fingerprint, lab_version, read_digests
from analysis.errors import RunError
from analysis.gallery import charts_of
from analysis.inventory import NO_FILE, compare_files, notes_on_files
from analysis.report import report_texts
from analysis.results import analyse
from analysis.run import Run, read_manifest, read_run

_PICTURE = re.compile(r"data:image/png;base64,[A-Za-z0-9+/=]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What was compared, and what was found.

    Attributes:
        run_id: The run, as run.json names it.
        measured_by: Version of the lab that measured.
        made_by: Version that made the report; None where no digest tells.
        checked_by: Version that compared.
        complete: Whether the samples could be read, so that numbers were computed again.
        fingerprint: One digest for run.json and the samples as they were when the run ended; None where no digest
            tells.
        comparisons: What was compared.
        notes: What could not be checked, and what else lies in the folder.
    """

    run_id: str
    measured_by: str
    made_by: str | None
    checked_by: str
    complete: bool
    fingerprint: str | None
    comparisons: tuple[Comparison, ...]
    notes: tuple[str, ...]

    @property
    def differences(self) -> tuple[Difference, ...]:
        """All that differs, in the order of the comparisons."""
        return tuple(each for comparison in self.comparisons for each in comparison.differences)


def verify_run(folder: Path) -> Verification:
    """Make everything of a run's report again and compare.

    Where the samples are gone or cannot be read, the digests are still compared, if there are any.

    Raises:
        RunError: The folder is no run, or there is nothing to hold it to.
    """
    manifest, digests = read_manifest(folder), read_digests(folder)
    comparisons, notes = list(compare_files(folder, digests)), list(notes_on_files(folder, digests))
    made_by, checked_by = digests.made_by, lab_version()
    if made_by not in (None, checked_by):
        notes.append(
            f"Version {made_by} of the lab made the report, version {checked_by} compares: where the two count or "
            "word differently, that shows as a difference."
        )
    complete = True
    try:
        comparisons += _compare_contents(read_run(folder), digests)
    except RunError as error:
        if digests == NONE:
            raise
        complete = False
        notes.append(f"Digests alone were compared, no number was computed again: {error}.")
    return Verification(
        run_id=manifest.run_id,
        measured_by=manifest.lab_version,
        made_by=made_by,
        checked_by=checked_by,
        complete=complete,
        fingerprint=None if digests.measured is None else fingerprint(digests.measured),
        comparisons=tuple(comparisons),
        notes=tuple(notes),
    )


def _compare_contents(run: Run, digests: Digests) -> Iterator[Comparison]:
    """Compare what the report's files say with what run.json and the samples say now."""
    results = analyse(run)
    charts = tuple(charts_of(run, results))
    texts = report_texts(run, results, {chart.name: leave_blank(chart) for chart in charts})
    for name, text in texts.items():
        recorded = _read(run.folder / name)
        if recorded is None:
            yield from _missing(name, digests)
        elif name.endswith(".json"):
            yield _compare_json(name, recorded, json.loads(text))
        else:
            yield compare_lines(name, *(_PICTURE.sub("a picture", each) for each in (recorded, text)))
    for chart in charts:
        yield from _compare_chart(run.folder, chart, digests)


def _compare_chart(folder: Path, chart: Chart, digests: Digests) -> Iterator[Comparison]:
    recorded = _read(folder / chart.data_file)
    if recorded is not None:
        yield _compare_json(chart.data_file, recorded, chart.to_json())
    elif digests.made is not None:
        yield from _missing(chart.data_file, digests)


def _compare_json(name: str, recorded: str, recomputed: object) -> Comparison:
    try:
        return compare_values(name, json.loads(recorded), recomputed)
    except ValueError as error:
        broken = Difference(file=name, where=None, recorded=f"no whole JSON ({error})", found="JSON")
        return Comparison(subject=name, compared=0, unit="values", differences=(broken,))


def _missing(name: str, digests: Digests) -> Iterator[Comparison]:
    """Report a file that the report should have; one that has a digest has been missed there already."""
    if name not in (digests.made or {}):
        gone = Difference(file=name, where=None, recorded=NO_FILE, found="a part of this run's report")
        yield Comparison(subject=name, compared=0, unit="files", differences=(gone,))


def _read(file: Path) -> str | None:
    """Return a text as it stands, bytes that are no UTF-8 included; None where there is no such file."""
    return file.read_text("utf-8", errors="replace") if file.is_file() else None
