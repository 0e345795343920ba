"""From a run folder to files for other tools: what is written, in which pieces, and where it goes.

Imported where it is needed and not before, as :mod:`lab.reporting` is and for the same reason.
"""

import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.export.contents import read_contents
from analysis.export.csv_table import csv_pieces
from analysis.export.hgrm import hgrm_lines, read_distribution
from analysis.export.json_tables import json_tables
from analysis.export.selection import Selection, select
from analysis.inventory import EXPORTS
from analysis.run import read_manifest
from lab.errors import RunFolderError

__all__ = ["make_csv", "make_hgrm", "make_json", "select", "write_exports"]

_NO_NAME = re.compile(r"[^\w.-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """One file for another tool: its name, and its bytes, made as they are taken."""

    name: str
    content: Iterator[bytes]


def make_hgrm(run: Path, selection: Selection, time: str) -> list[Export]:
    """Return a distribution for each read and population of the selection.

    Raises:
        AnalysisError: the folder is no run, or holds nothing of the selection.
    """
    run_id, contents = read_manifest(run).run_id, read_contents(run)
    contents.require(selection)
    return [
        Export(name=f"{name}-{time}.hgrm", content=_distribution(run, part, time, run_id))
        for name, part in contents.populations(selection)
    ]


def make_csv(run: Path, selection: Selection) -> list[Export]:
    """Return the samples of the selection as one table.

    Raises:
        AnalysisError: the folder is no run, or holds nothing of the selection.
    """
    read_manifest(run)
    read_contents(run).require(selection)
    return [Export(name="samples.csv", content=csv_pieces(run, selection))]


def make_json(run: Path, operation: str | None, population: str | None) -> list[Export]:
    """Return the results as records.

    Raises:
        AnalysisError: the folder is no run, or its results cannot be read.
    """
    read_manifest(run)
    tables = json_tables(run, operation, population)
    return [Export(name="results-tables.json", content=iter([json.dumps(tables, indent=1).encode() + b"\n"]))]


def write_exports(exports: Sequence[Export], output: Path | None, run: Path) -> list[Path]:
    """Write one export to standard output or to ``output``, several into a folder; return the files written.

    Raises:
        RunFolderError: a file cannot be written.
    """
    if len(exports) == 1 and output is None:
        for piece in exports[0].content:
            sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
        return []
    if len(exports) == 1 and output is not None and not output.is_dir():
        return [_write(exports[0], output)]
    folder = run / EXPORTS if output is None else output
    return [_write(each, folder / _NO_NAME.sub("-", each.name)) for each in exports]


def _write(export: Export, file: Path) -> Path:
    """Write a file, whole or not at all."""
    draft = file.with_name(f"{file.name}.part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("wb") as stream:
            stream.writelines(export.content)
        draft.replace(file)
    except OSError as error:
        raise RunFolderError(f"{file} cannot be written ({error.strerror}); give another with --output") from error
    return file


def _distribution(run: Path, selection: Selection, time: str, run_id: str) -> Iterator[bytes]:
    title = f"{run_id}: {time} time of {selection}"
    for line in hgrm_lines(read_distribution(run, selection, time), title):
        yield f"{line}\n".encode()
