"""One good run, made once; a test changes what its run.json says and judges it again."""

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from analysis.manifest import parse_manifest
from analysis.results import Results, analyse
from analysis.run import Run, read_run
from tests.analysis.synthetic import read_manifest_entry, write_run

Entry = dict[str, Any]
Judge = Callable[[Callable[[Entry], None]], Results]


@pytest.fixture(scope="session")
def good(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Entry]:
    """A run of one read in 8 blocks that nothing is wrong with, and its run.json."""
    folder: Path = write_run(tmp_path_factory.mktemp("reports") / "run")
    return read_run(folder), read_manifest_entry(folder)


@pytest.fixture
def judge(good: tuple[Run, Entry]) -> Judge:
    """Judges the good run after a change of its run.json."""

    def judge(change: Callable[[Entry], None]) -> Results:
        run, entry = good
        changed = copy.deepcopy(entry)
        change(changed)
        return analyse(replace(run, manifest=parse_manifest(json.loads(json.dumps(changed)))))

    return judge
