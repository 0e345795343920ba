"""Shows that work goes on: a bar on a terminal, plain lines elsewhere. Always on standard error."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from rich.console import Console
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar


class Progress(Protocol):
    """What an experiment tells of its progress."""

    def step(self, what: str) -> None:
        """Say what is being done now."""

    def leg(self, message: dict[str, Any]) -> None:
        """Take the generator's word on the leg under way: requests so far, by outcome."""

    def advance(self, seconds: float) -> None:
        """Say that this much of the planned time is done."""


class PlainProgress:
    """One line a step, with the time since the start."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    def step(self, what: str) -> None:
        print(f"[{time.monotonic() - self._started:6.1f} s] {what}", file=sys.stderr, flush=True)  # noqa: T201

    def leg(self, message: dict[str, Any]) -> None:
        """A line twice a second would drown the steps."""

    def advance(self, seconds: float) -> None:
        """The steps' times show it."""


class BarProgress:
    """A bar over the planned seconds, with the step and what the leg has counted."""

    def __init__(self, bar: Bar, total_s: float) -> None:
        self._bar = bar
        self._task = bar.add_task("starting", total=total_s)
        self._step = ""

    def step(self, what: str) -> None:
        self._step = what
        self._bar.update(self._task, description=what)

    def leg(self, message: dict[str, Any]) -> None:
        outcomes = ", ".join(f"{count:,} {label}" for label, count in message["outcomes"].items())
        self._bar.update(self._task, description=f"{self._step}: {outcomes}")

    def advance(self, seconds: float) -> None:
        self._bar.advance(self._task, seconds)


@contextmanager
def progress_shown(total_s: float) -> Iterator[Progress]:
    """Show progress of work planned to take `total_s` seconds."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield PlainProgress()
        return
    columns = (
        BarColumn(bar_width=24),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Bar(*columns, console=console, transient=True) as bar:
        yield BarProgress(bar, total_s)
