"""A running embedded stack with a small data set, one for all tests of the lab."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from lab.counters import Witnesses
from lab.dataset import DatasetParameters, ensure_dataset
from lab.stacks.embedded import EmbeddedSettings, EmbeddedStack, embedded_stack

SMALL = DatasetParameters(users=2_000, events=20_000, items=500)
Lab = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def stack_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lab") / "stack"


@pytest.fixture(scope="session")
def stack(stack_folder: Path) -> Iterator[EmbeddedStack]:
    with embedded_stack(EmbeddedSettings(directory=stack_folder)) as running:
        ensure_dataset(running.endpoints.database_url, SMALL)
        yield running


@pytest.fixture
def witnesses(stack: EmbeddedStack) -> Iterator[Witnesses]:
    watching = Witnesses(stack)
    yield watching
    watching.close()


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    """Run the program `lab` in a folder of its own."""
    return partial(run_lab, tmp_path)


def run_lab(folder: Path, *arguments: str, timeout: float = 100) -> subprocess.CompletedProcess[str]:
    """Run the program `lab` in a folder."""
    return subprocess.run(
        [sys.executable, "-m", "lab", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
