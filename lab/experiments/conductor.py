"""Sends legs to the generator, one after the other, and notes each with what the servers counted meanwhile."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from lab.counters import Counters, Witnesses
from lab.experiments.load_plan import LoadPlan
from lab.generator import Generator, LegSummary
from lab.progress import Progress
from loadtests.traffic import Leg
from loadtests.worker_settings import WorkerSettings


class Conductor:
    """The one place where traffic of a run begins.

    Attributes:
        witnesses: the servers' counters, and the lab's own connection to Redis.
        progress: hears of every step.
        settings: those of the generator.
        folder: the run's.
        legs: the entries of run.json so far.
    """

    def __init__(
        self,
        generator: Generator,
        settings: WorkerSettings,
        witnesses: Witnesses,
        folder: Path,
        progress: Progress,
    ) -> None:
        self._generator = generator
        self.settings = settings
        self.witnesses = witnesses
        self.folder = folder
        self.progress = progress
        self.legs: list[dict[str, Any]] = []

    def send(self, leg: Leg, *, position: int = 0, counted: bool = True) -> LegSummary:
        """Send the leg under the next number and note it; `position` is its turn in its block.

        Raises:
            GeneratorError: the generator could not, or has gone.
            StackError: a server has stopped answering.
        """
        numbered = replace(leg, leg=len(self.legs))
        before = self._counters(numbered) if counted else None
        summary = self._generator.run(numbered, self.progress.leg)
        counters = None if before is None else self._counters(numbered).since(before).to_json()
        self.note(numbered, summary, position=position, counters=counters)
        return summary

    def note(self, leg: Leg, summary: LegSummary, *, position: int, counters: dict[str, Any] | None) -> None:
        """Enter a leg that has been sent into run.json."""
        self.progress.advance(leg.duration_s)
        self.legs.append(
            {
                "leg": leg.leg,
                "operation": leg.operation,
                "phase": leg.phase,
                "arm": leg.arm,
                "treatment": leg.treatment,
                "block": leg.block,
                "position": position,
                "started_ns": summary.started_ns,
                "ended_ns": summary.ended_ns,
                "offered_rate_rps": leg.rate_rps,
                "requests": summary.requests,
                "response_s": summary.response_s,
                "workers": summary.workers,
                "lost_workers": summary.lost_workers,
                "counters": counters,
            }
        )

    def _counters(self, leg: Leg) -> Counters:
        return self.witnesses.read(leg.operation, self._generator.cpu_s())


class Part(Protocol):
    """One question of a run: it sends legs, and has its own keys in run.json."""

    def run(self) -> None:
        """Measure."""

    def to_json(self) -> dict[str, Any]:
        """Return the part's keys of run.json, with what is known so far."""


MakePart = Callable[[LoadPlan, Conductor], Part]
