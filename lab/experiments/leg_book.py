"""The legs of a run as run.json lists them: each under its own number, in the order in which they were sent."""

from pathlib import Path
from typing import Any

from lab.generator import LegSummary
from lab.progress import Progress
from loadtests.traffic import Leg
from loadtests.worker_settings import WorkerSettings


class LegBook:
    """What has been sent so far, by whichever generator.

    Attributes:
        settings: those of the run's generator; another one of the same run keeps to its zero point of time.
        folder: the run's.
        progress: hears of every step.
        legs: the entries of run.json so far.
    """

    def __init__(self, settings: WorkerSettings, folder: Path, progress: Progress) -> None:
        self.settings = settings
        self.folder = folder
        self.progress = progress
        self.legs: list[dict[str, Any]] = []

    @property
    def next_number(self) -> int:
        """The number of the leg that is sent next."""
        return len(self.legs)

    def note(self, leg: Leg, summary: LegSummary, *, position: int, counters: dict[str, Any] | None) -> None:
        """Enter a leg that has been sent under `next_number`."""
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
                "offered_rate_rps": leg.read_rate_rps,
                "requests": summary.requests,
                "write_rate_rps": leg.write_rate_rps,
                "writes": summary.writes,
                "response_s": summary.response_s,
                "workers": summary.workers,
                "lost_workers": summary.lost_workers,
                "counters": counters,
            }
        )
