"""The generator as a process of its own, `python -m loadtests.worker`, told what to do over standard input.

It reads one JSON object a line: first its settings, then legs. It answers with one JSON object a line on
standard output: `ready`, `progress` while a leg runs, `leg` when one is over, `error` with a sentence. When
its input ends, so does it; the samples are then whole.

A process of its own, because Locust patches the standard library when imported, and because a generator that
shares its interpreter with the analysis would measure the analysis.
"""

import gc
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gevent
from gevent.fileobject import FileObject
from locust.env import Environment

from loadtests.connection import Connection
from loadtests.dispatcher import Dispatcher, Limits
from loadtests.errors import LoadError
from loadtests.locust_stats import install_fine_rounding
from loadtests.samples import Recorder, SampleFile
from loadtests.scheduling import ask_for_short_slices
from loadtests.target import resolve
from loadtests.traffic import Leg, leg_chunks
from loadtests.users import CacheReader, attach_dispatcher, report_dropped_to_locust, report_to_locust

PROGRESS_EVERY_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """What a worker must know before its first leg.

    Attributes:
        url: base URL of the service.
        connections: how many connections to open; a leg may use fewer.
        epoch_ns: `time.monotonic_ns()` that is the zero point of all times.
        samples: the Parquet file to write.
        timeout_s: see `Limits`.
        queue_limit: see `Limits`.
    """

    url: str
    connections: int
    epoch_ns: int
    samples: str
    timeout_s: float
    queue_limit: int


class Worker:
    """Runs legs one after the other and writes their samples."""

    def __init__(self, settings: WorkerSettings) -> None:
        self._settings = settings
        self._environment = Environment(user_classes=[CacheReader], host=settings.url)
        self._recorder = Recorder(settings.epoch_ns)
        self._file = SampleFile(Path(settings.samples))
        self._operation = ""
        self._dispatcher = Dispatcher(
            resolve(settings.url),
            self._on_request,
            self._on_dropped,
            Limits(timeout_s=settings.timeout_s, queue_limit=settings.queue_limit),
        )
        attach_dispatcher(self._environment, self._dispatcher)

    def open(self) -> None:
        """Spawn the users, whose connections then join."""
        self._runner = self._environment.create_local_runner()
        self._runner.start(self._settings.connections, spawn_rate=self._settings.connections)
        self._dispatcher.wait_for(self._settings.connections)

    def run(self, leg: Leg) -> dict[str, Any]:
        """Send one leg, write its samples and return its summary; times in ns from the epoch."""
        self._operation = leg.operation
        chunks = leg_chunks(leg, self._dispatcher.target)
        with _no_collection():
            started_ns = self._dispatcher.start(
                chunks,
                connections=leg.connections,
                duration_s=leg.duration_s if leg.rate_rps is None else None,
            )
            ended_ns = self._dispatcher.wait()
        outcomes = self._recorder.outcome_counts()
        self._file.write(self._recorder.take(leg))
        return {
            "leg": leg.leg,
            "started_ns": started_ns - self._settings.epoch_ns,
            "ended_ns": ended_ns - self._settings.epoch_ns,
            "requests": sum(outcomes.values()),
            "outcomes": outcomes,
            "connects": self._dispatcher.connects,
        }

    def progress(self) -> dict[str, Any]:
        """Return what the leg under way has done so far."""
        return {"requests": len(self._recorder), "outcomes": self._recorder.outcome_counts()}

    def close(self) -> None:
        """Stop the users and make the sample file whole."""
        self._runner.quit()
        self._file.close()

    def _on_request(self, connection: Connection) -> None:
        self._recorder.record(connection)
        report_to_locust(self._environment, self._operation, connection)

    def _on_dropped(self, intended_ns: int, key: int) -> None:
        self._recorder.record_dropped(intended_ns, key)
        report_dropped_to_locust(self._environment, self._operation)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Keep the garbage collector's pauses out of a leg; nothing made in one refers to itself."""
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()


def main() -> int:
    """Serve until standard input ends."""
    ask_for_short_slices()
    install_fine_rounding()
    orders = FileObject(sys.stdin.buffer, "rb")
    worker: Worker | None = None
    try:
        for line in orders:
            order = json.loads(line)
            if worker is None:
                worker = Worker(WorkerSettings(**order))
                worker.open()
                _say("ready")
            else:
                _say("leg", **_run_with_progress(worker, Leg.from_json(order)))
    except LoadError as error:
        _say("error", sentence=str(error))
        return 1
    finally:
        if worker is not None:
            worker.close()
    return 0


def _run_with_progress(worker: Worker, leg: Leg) -> dict[str, Any]:
    reporter = gevent.spawn(_report_progress, worker, leg.leg)
    try:
        return worker.run(leg)
    finally:
        reporter.kill()


def _report_progress(worker: Worker, leg: int) -> None:
    while True:
        gevent.sleep(PROGRESS_EVERY_S)
        _say("progress", leg=leg, **worker.progress())


def _say(event: str, **fields: Any) -> None:
    sys.stdout.write(json.dumps({"event": event, **fields}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
