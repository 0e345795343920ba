"""The files of a run folder against its digests: what was altered, what is missing, what was added."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from analysis.differences import Comparison, Difference
from analysis.digests import DIGESTS, RUN, SAMPLES, Digests, FileDigest, FileDigests, digest_of, name_of

MEASURED, MADE = "run.json and samples", "report and charts"
EXPORTS = "exports"
"""Folder for what was made from a run for other tools; nothing of the run itself."""

NO_FILE = "no such file"
_UNLISTED = "not among the files"
_CHARTS = "charts/*"
_REPORT = ("results.json", "report.md", "report.html")


def compare_files(folder: Path, digests: Digests) -> Iterator[Comparison]:
    """Compare each file with its digest, the measurement's first; a part without digests is left out.

    Where not one sample file is there, the samples are left out too: they were not altered, but kept elsewhere.
    """
    samples = _names(folder, SAMPLES)
    if digests.measured is not None:
        here = {name: each for name, each in digests.measured.items() if samples or name == RUN}
        yield _compare(MEASURED, folder, here, surplus=[name for name in samples if name not in here])
    if digests.made is not None:
        charts = _names(folder, _CHARTS)
        yield _compare(MADE, folder, digests.made, surplus=[name for name in charts if name not in digests.made])


def notes_on_files(folder: Path, digests: Digests) -> Iterator[str]:
    """Say what no digest covers."""
    if digests.measured is None:
        yield (
            "No digests were set when the run was measured: a sample altered since then shows only in the numbers "
            "that no longer follow from it."
        )
    if digests.made is None:
        yield (
            "The report has no digests: an earlier version made it, or digests.json was removed. Its pictures "
            "were not looked at, and charts that have no data beside them were left out."
        )
    strangers = sorted(_strangers(folder, digests))
    if strangers:
        yield f"Not part of the run, and not looked at: {', '.join(strangers)}."


def _compare(subject: str, folder: Path, recorded: FileDigests, *, surplus: Iterable[str]) -> Comparison:
    differences = []
    for name, expected in recorded.items():
        found = digest_of(folder / name) if (folder / name).is_file() else None
        if found != expected:
            text = NO_FILE if found is None else _text(found)
            differences.append(Difference(file=name, where=None, recorded=_text(expected), found=text))
    differences += [
        Difference(file=name, where=None, recorded=_UNLISTED, found=_text(digest_of(folder / name)))
        for name in surplus
    ]
    return Comparison(subject=subject, compared=len(recorded), unit="files", differences=tuple(differences))


def _strangers(folder: Path, digests: Digests) -> Iterator[str]:
    listed = {*(digests.measured or {}), *(digests.made or {}), RUN, DIGESTS, *_REPORT}
    for name in _names(folder, "*"):
        # A log of the measuring tells what happened, but no number comes from it.
        if name not in listed and not name.endswith(".log"):
            yield name
    for place in folder.iterdir():
        if place.is_dir() and place.name not in ("samples", "charts", EXPORTS):
            yield f"{place.name}/"


def _names(folder: Path, pattern: str) -> list[str]:
    return sorted(name_of(folder, file) for file in folder.glob(pattern) if file.is_file())


def _text(digest: FileDigest) -> str:
    return f"SHA-256 {digest.sha256[:16]}…, {digest.size_bytes:,} bytes"
