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
from pathlib import Path
from typing import Any

import gevent
from gevent.fileobject import FileObject
from gevent.queue import Queue
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
from loadtests.worker_settings import WorkerSettings

PROGRESS_EVERY_S = 0.5
ABANDON_CHECK_S = 0.2


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
        runner = self._environment.create_local_runner()
        runner.start(self._settings.connections, spawn_rate=self._settings.connections)
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
            try:
                ended_ns = self._dispatcher.wait()
            except gevent.GreenletExit:
                self._dispatcher.stop()
                raise
        outcomes = self._recorder.outcome_counts()
        response_s = self._recorder.response_s()
        self._file.write(self._recorder.take(leg))
        return {
            "leg": leg.leg,
            "started_ns": started_ns - self._settings.epoch_ns,
            "ended_ns": ended_ns - self._settings.epoch_ns,
            "requests": sum(outcomes.values()),
            "outcomes": outcomes,
            "connects": self._dispatcher.connects,
            "response_s": response_s,
        }

    def progress(self) -> dict[str, Any]:
        """Return what the leg under way has done so far."""
        return {"requests": len(self._recorder), "outcomes": self._recorder.outcome_counts()}

    def close(self) -> None:
        """Stop the users and make the sample file whole."""
        if self._environment.runner is not None:
            self._environment.runner.quit()
        self._dispatcher.close()
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
    """Serve until standard input ends, be it in the middle of a leg."""
    ask_for_short_slices()
    install_fine_rounding()
    orders: Queue[dict[str, Any] | None] = Queue()
    gevent.spawn(_read_orders, orders)
    try:
        settings = orders.get()
        if settings is not None:
            _serve(WorkerSettings(**settings), orders)
    except LoadError as error:
        _say("error", sentence=str(error))
        return 1
    return 0


def _read_orders(orders: "Queue[dict[str, Any] | None]") -> None:
    """Put each order into the queue, and None when whoever gives them is gone."""
    for line in FileObject(sys.stdin.buffer, "rb"):
        orders.put(json.loads(line))
    orders.put(None)


def _serve(settings: WorkerSettings, orders: "Queue[dict[str, Any] | None]") -> None:
    worker = Worker(settings)
    try:
        worker.open()
        _say("ready")
        while (order := orders.get()) is not None:
            leg = gevent.spawn(_run_with_progress, worker, Leg.from_json(order))
            while not leg.dead:
                gevent.wait([leg], timeout=ABANDON_CHECK_S)
                if not orders.empty() and orders.peek() is None:
                    leg.kill()  # nobody waits for it any more: send nothing more
                    return
            _say("leg", **leg.get())
    finally:
        worker.close()


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
