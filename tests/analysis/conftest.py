"""A run folder with its report, made once: most tests only read it."""

from pathlib import Path

import pytest

from analysis.report import write_report
from analysis.results import Results
from analysis.run import Run, read_run
from tests.analysis.synthetic import THREE_READS, write_run


@pytest.fixture(scope="session")
def reported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Results]:
    """A run of three reads and what its report found."""
    folder = write_run(tmp_path_factory.mktemp("reports") / "2026-11-22T14-03-11-compare", THREE_READS)
    return folder, write_report(folder)


@pytest.fixture(scope="session")
def run(reported: tuple[Path, Results]) -> Run:
    """The same run, in memory."""
    return read_run(reported[0])


@pytest.fixture(scope="session")
def results(reported: tuple[Path, Results]) -> Results:
    """What its report found."""
    return reported[1]
