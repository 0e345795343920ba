"""The generator as a process of its own, `python -m loadtests.worker`, told what to do over standard input.

It reads one JSON object a line: first its settings, then legs. It answers with one JSON object a line on
standard output: `ready`, `progress` while a leg runs, `leg` when one is over, `error` with a sentence. When
its input ends, so does it; the samples are then whole.

A process of its own, because Locust patches the standard library when imported, and because a generator that
shares its interpreter with the analysis would measure the analysis.
"""

import json
import sys
from pathlib import Path
from typing import Any

import gevent
from gevent.fileobject import FileObject
from gevent.queue import Queue

from loadtests.errors import LoadError
from loadtests.leg_runner import LegRunner
from loadtests.locust_stats import install_fine_rounding
from loadtests.samples import SampleFile
from loadtests.scheduling import ask_for_short_slices
from loadtests.traffic import Leg
from loadtests.vitals import allow_many_connections
from loadtests.worker_settings import WorkerSettings

PROGRESS_EVERY_S = 0.5
ABANDON_CHECK_S = 0.2


def main() -> int:
    """Serve until standard input ends, be it in the middle of a leg."""
    ask_for_short_slices()
    allow_many_connections()
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
    worker = LegRunner(settings, SampleFile(Path(settings.samples)))
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


def _run_with_progress(worker: LegRunner, leg: Leg) -> dict[str, Any]:
    reporter = gevent.spawn(_report_progress, worker, leg.leg)
    try:
        return worker.run(leg)
    finally:
        reporter.kill()


def _report_progress(worker: LegRunner, leg: int) -> None:
    while True:
        gevent.sleep(PROGRESS_EVERY_S)
        _say("progress", leg=leg, **worker.progress())


def _say(event: str, **fields: Any) -> None:
    sys.stdout.write(json.dumps({"event": event, **fields}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
