"""``digests.json``: what each file of a run folder was when it was written, in two parts.

``measured`` (run.json and the samples) is set once, by the lab, when the measuring ends; making a report again
never touches it, so that a sample altered later stays altered. ``made`` (results.json, the reports, the charts and
their data) is set anew with every report, and says which version of the lab made it.

There is no signature: whoever alters a sample and its digest together leaves no trace in this folder. What gives
that away is a :func:`fingerprint` noted elsewhere, or, where
outcomes were changed, the servers' counters in run.json.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import Any

from analysis.errors import RunError

SCHEMA = 1
DIGESTS = "digests.json"
RUN = "run.json"
SAMPLES = "samples/*.parquet"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDigest:
    """What a file was: its SHA-256 in hexadecimal, and its size."""

    sha256: str
    size_bytes: int


FileDigests = Mapping[str, FileDigest]
"""From a file's path inside the run folder, with ``/``, to its digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Digests:
    """The whole of ``digests.json``; a part that was never set is None."""

    measured: FileDigests | None
    made: FileDigests | None
    made_by: str | None
    """Version of the lab that made the report."""


NONE = Digests(measured=None, made=None, made_by=None)


def lab_version() -> str:
    """Return the version of the lab that is running."""
    return version("hit-or-miss")


def seal_measured(folder: Path) -> None:
    """Set the digests of run.json and the samples, when all of them are whole. Only a measurement does this."""
    names = [name_of(folder, file) for file in (folder / RUN, *folder.glob(SAMPLES))]
    _write(folder, Digests(measured=_digests(folder, names), made=None, made_by=None))


def record_made(folder: Path, names: Iterable[str]) -> None:
    """Set the digests of what a report consists of; those of the measurement stay as they are, or unknown."""
    before = read_digests(folder)
    _write(folder, Digests(measured=before.measured, made=_digests(folder, names), made_by=lab_version()))


def read_digests(folder: Path) -> Digests:
    """Read the digests of a run folder; one without any has parts that are None.

    Raises:
        RunError: digests.json is there, but does not read as digests.
    """
    file = folder / DIGESTS
    try:
        entry = json.loads(file.read_text("utf-8"))
        return Digests(
            measured=_parse(entry["measured"]), made=_parse(entry["made"]), made_by=entry.get("made_by")
        )
    except FileNotFoundError:
        return NONE
    except OSError as error:
        raise RunError(f"{file} cannot be read ({error.strerror}): check its permissions") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RunError(
            f"{file} does not read as digests ({error}): it was altered or cut off; take the run from where it "
            "was made, or remove the file to do without digests"
        ) from error


def digest_of(file: Path) -> FileDigest:
    """Read a file, in pieces, and return what it is now."""
    with file.open("rb") as stream:
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        return FileDigest(sha256=sha256, size_bytes=stream.tell())


def fingerprint(measured: FileDigests) -> str:
    """Return one digest that stands for the whole measurement: the same files, the same fingerprint."""
    lines = "".join(f"{measured[name].sha256}  {name}\n" for name in sorted(measured))
    return hashlib.sha256(lines.encode()).hexdigest()


def name_of(folder: Path, file: Path) -> str:
    """Return a file's path inside the run folder, as digests.json names it."""
    return file.relative_to(folder).as_posix()


def _digests(folder: Path, names: Iterable[str]) -> FileDigests:
    return {name: digest_of(folder / name) for name in sorted(names)}


def _parse(part: Mapping[str, Any] | None) -> FileDigests | None:
    if part is None:
        return None
    return {
        _inside(str(name)): FileDigest(sha256=str(entry["sha256"]), size_bytes=int(entry["size_bytes"]))
        for name, entry in part.items()
    }


def _inside(name: str) -> str:
    """Return the name of a file of the run; somebody else's digests must not lead out of their folder."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise ValueError(f"{name} lies outside of the run folder")
    return name


def _write(folder: Path, digests: Digests) -> None:
    """Write digests.json, whole or not at all."""
    draft = folder / f"{DIGESTS}.part"
    draft.write_text(json.dumps({"schema": SCHEMA, **asdict(digests)}, indent=1) + "\n", "utf-8")
    draft.replace(folder / DIGESTS)
