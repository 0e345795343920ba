"""The lab's end of the generator: starts the worker process, gives it legs, takes its summaries."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from lab.errors import GeneratorError
from loadtests.traffic import Leg
from loadtests.worker_settings import WorkerSettings

Listener = Callable[[dict[str, Any]], None]
END_TIMEOUT_S = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LegSummary:
    """What the generator says of a leg.

    Attributes:
        leg: its number.
        started_ns, ended_ns: from the run's epoch.
        requests: how many, those that failed and those never sent included.
        outcomes: requests by outcome.
        connects: connections opened since the generator began.
        response_s: mean, p50, p95 and p99 in seconds; None where a failure, infinitely slow, reaches it.
        workers: what each process of the generator says of itself, as in `loadtests.vitals`.
        lost_workers: processes that died during the leg.
    """

    leg: int
    started_ns: int
    ended_ns: int
    requests: int
    outcomes: dict[str, int]
    connects: int
    response_s: dict[str, float | None]
    workers: list[dict[str, Any]]
    lost_workers: int = 0

    @property
    def seconds(self) -> float:
        """How long it took."""
        return (self.ended_ns - self.started_ns) / 1e9

    @property
    def hit_ratio(self) -> float | None:
        """Hits over hits and misses; None when there were neither."""
        hits, misses = self.outcomes.get("hit", 0), self.outcomes.get("miss", 0)
        return hits / (hits + misses) if hits + misses else None


class Generator:
    """A running worker process."""

    def __init__(self, settings: WorkerSettings, log: Path) -> None:
        self._log = log
        with log.open("wb") as errors:
            # In its own session: a Ctrl-C is the lab's to handle, which then closes the worker's input.
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "loadtests.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
            )
        self._order(asdict(settings))
        self._await("ready", lambda _: None)

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    def run(self, leg: Leg, progress: Listener) -> LegSummary:
        """Send one leg; `progress` hears of it twice a second.

        Raises:
            GeneratorError: the worker could not, or has gone.
        """
        self._order(leg.to_json())
        return LegSummary(**self._await("leg", progress))

    def cpu_s(self) -> float:
        """Return the CPU seconds used so far."""
        times = psutil.Process(self._process.pid).cpu_times()
        return float(times.user + times.system)

    def close(self) -> None:
        """End the worker, which makes its samples whole."""
        assert self._process.stdin is not None and self._process.stdout is not None  # noqa: S101
        with suppress(BrokenPipeError):  # it has ended by itself; an order may still have been on its way
            self._process.stdin.close()
        self._process.stdout.close()
        try:
            self._process.wait(END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _order(self, order: dict[str, Any]) -> None:
        assert self._process.stdin is not None  # noqa: S101
        try:
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError as error:
            raise self._gone() from error

    def _await(self, event: str, progress: Listener) -> dict[str, Any]:
        assert self._process.stdout is not None  # noqa: S101
        for line in self._process.stdout:
            message: dict[str, Any] = json.loads(line)
            kind = message.pop("event")
            if kind == event:
                return message
            if kind == "error":
                raise GeneratorError(message["sentence"])
            progress(message)
        raise self._gone()

    def _gone(self) -> GeneratorError:
        lines = self._log.read_text(errors="replace").splitlines()
        return GeneratorError(f"the load generator ended: {lines[-1] if lines else 'no word'} (log: {self._log})")


@contextmanager
def running_generator(settings: WorkerSettings, log: Path) -> Iterator[Generator]:
    """Start a worker and end it."""
    generator = Generator(settings, log)
    try:
        yield generator
    finally:
        generator.close()
