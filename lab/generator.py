"""The lab's end of the generator: starts its process, gives it legs, takes its summaries."""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from socket import gethostname
from typing import Any

import psutil

from lab.errors import GeneratorError
from lab.workforce import ONE_WORKER, Workforce
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
        writes: how many writes came beside them, in none of the other figures but the next.
        positions: how far the leg went on in the stream of keys: by its reads, and by the writes of a trace.
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
    writes: int = 0
    positions: int = 0
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
    """A running worker process, or a master with many.

    Attributes:
        generators: what run.json tells of each worker: its number, host, and clock against the lab's.
    """

    def __init__(
        self, settings: WorkerSettings, log: Path, workforce: Workforce, on_wait: Callable[[str], None]
    ) -> None:
        self._log = log
        self._on_wait = on_wait
        alone = {"worker": 0, "host": gethostname(), "clock_offset_ns": 0, "clock_uncertainty_ns": 0, "lost": None}
        self.generators: list[dict[str, Any]] = [alone]
        with log.open("wb") as errors:
            # In its own session: a Ctrl-C is the lab's to handle, which then closes the process's input.
            self._process = subprocess.Popen(
                workforce.command(),
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
            GeneratorError: no worker could, or is left.
        """
        self._order(leg.to_json())
        return LegSummary(**self._await("leg", progress))

    def cpu_s(self) -> float:
        """Return the CPU seconds that its processes on this machine have used so far."""
        process = psutil.Process(self._process.pid)
        own = process.cpu_times()
        used_s = float(own.user + own.system + own.children_user + own.children_system)
        for child in process.children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                times = child.cpu_times()
                used_s += float(times.user + times.system)
        return used_s

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
            self.generators = message.pop("generators", self.generators)
            if kind == event:
                return message
            if kind == "error":
                raise GeneratorError(message["sentence"])
            if kind == "listening":
                self._tell_of_waiting(message)
            else:
                progress(message)
        raise self._gone()

    def _tell_of_waiting(self, listening: dict[str, Any]) -> None:
        if listening["expected"]:
            self._on_wait(
                f"waiting at {listening['address']} for {listening['expected']} more, each to be started with: "
                f"lab worker --master HOST:{listening['address'].rpartition(':')[2]}"
            )

    def _gone(self) -> GeneratorError:
        lines = self._log.read_text(errors="replace").splitlines()
        return GeneratorError(f"the load generator ended: {lines[-1] if lines else 'no word'} (log: {self._log})")


@contextmanager
def running_generator(
    settings: WorkerSettings,
    log: Path,
    workforce: Workforce = ONE_WORKER,
    on_wait: Callable[[str], None] = lambda what: None,
) -> Iterator[Generator]:
    """Start a generator and end it; `on_wait` hears where workers from elsewhere are waited for."""
    generator = Generator(settings, log, workforce, on_wait)
    try:
        yield generator
    finally:
        generator.close()
