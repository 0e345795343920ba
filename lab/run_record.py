"""What run.json says of every run, whatever it measured: who, when, where, on what, and each leg."""

from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

from lab.machine import describe_machine
from lab.stacks.interface import Server

MANIFEST_SCHEMA = 1
NO_STACK = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """The frame of run.json.

    Attributes:
        experiment: its name, as in `lab run NAME`.
        run_id: name of the run's folder.
        seed: of everything drawn.
        command: the command line.
        started: when measuring began.
        stack_kind: embedded, compose, external, or none where nothing but the lab itself was measured.
        servers: what really ran.
    """

    experiment: str
    run_id: str
    seed: int
    command: str
    started: datetime
    stack_kind: str = NO_STACK
    servers: tuple[Server, ...] = ()

    def to_json(self, found: dict[str, Any], legs: list[dict[str, Any]]) -> dict[str, Any]:
        """Return run.json for a run that ends now; `found` are the keys of what was asked and measured."""
        return {
            "schema": MANIFEST_SCHEMA,
            "experiment": self.experiment,
            "lab_version": version("hit-or-miss"),
            "seed": self.seed,
            "command": self.command,
            "run_id": self.run_id,
            "started_at": _text(self.started),
            "finished_at": _text(datetime.now(UTC)),
            "stack": {"kind": self.stack_kind, "servers": [server.to_json() for server in self.servers]},
            "machine": describe_machine(),
            **found,
            "legs": legs,
        }


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
