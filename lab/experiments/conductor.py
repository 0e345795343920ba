"""Sends legs to the generator, one after the other, and notes each with what the servers counted meanwhile."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from lab.counters import Reading, Witnesses
from lab.experiments.leg_book import LegBook
from lab.experiments.load_plan import LoadPlan
from lab.generator import Generator, LegSummary
from lab.precedence import Precedence
from lab.progress import Progress
from loadtests.traffic import Leg
from loadtests.worker_settings import WorkerSettings


class Conductor(LegBook):
    """The one place where traffic at the stack begins.

    Attributes:
        witnesses: the servers' counters, and the lab's own connection to Redis.
    """

    def __init__(
        self,
        generator: Generator,
        settings: WorkerSettings,
        witnesses: Witnesses,
        folder: Path,
        progress: Progress,
        *,
        precedence: Precedence,
    ) -> None:
        super().__init__(settings, folder, progress)
        self._generator = generator
        self._precedence = precedence
        self.witnesses = witnesses

    def send(self, leg: Leg, *, position: int = 0, counted: bool = True) -> LegSummary:
        """Send the leg under the next number and note it; `position` is its turn in its block.

        Raises:
            GeneratorError: the generator could not, or has gone.
            StackError: a server has stopped answering.
        """
        numbered = replace(leg, leg=self.next_number)
        self._precedence.claim()  # the leg before may have made a server open connections, which are processes
        before = self._counters(numbered) if counted else None
        summary = self._generator.run(numbered, self.progress.leg)
        counters = None if before is None else self._counters(numbered).since(before).to_json()
        self.note(numbered, summary, position=position, counters=counters)
        return summary

    def _counters(self, leg: Leg) -> Reading:
        return self.witnesses.read(leg.operation, self._generator.cpu_s())


class Part(Protocol):
    """One question of a run: it sends legs, and has its own keys in run.json."""

    def run(self) -> None:
        """Measure."""

    def to_json(self) -> dict[str, Any]:
        """Return the part's keys of run.json, with what is known so far."""


MakePart = Callable[[LoadPlan, Conductor], Part]
