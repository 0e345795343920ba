"""The generator as a process of its own, `python -m loadtests.worker`, told what to do over standard input.

It reads one JSON object a line: first its settings, then legs. It answers with one JSON object a line on
standard output: `ready`, `progress` while a leg runs, `leg` when one is over, `error` with a sentence. When
its input ends, so does it; the samples are then whole. With `--master HOST:PORT` it is one of many workers, and
is told what to do by their master.

A process of its own, because Locust patches the standard library when imported, and because a generator that
shares its interpreter with the analysis would measure the analysis.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

import gevent

from loadtests.distributed.joining import DEFAULT_WAIT_S, Joining
from loadtests.errors import LoadError
from loadtests.leg_runner import LegRunner
from loadtests.locust_stats import install_fine_rounding
from loadtests.orders import AbandonedError, Orders
from loadtests.samples import SampleFile
from loadtests.scheduling import ask_for_short_slices
from loadtests.traffic import Leg
from loadtests.vitals import allow_many_connections
from loadtests.worker_settings import WorkerSettings


def main() -> int:
    """Serve until standard input ends, be it in the middle of a leg."""
    arguments = _parse()
    ask_for_short_slices()
    allow_many_connections()
    install_fine_rounding()
    if arguments.master is not None:
        return Joining(arguments.master, number=arguments.number, wait_s=arguments.wait).run()
    orders = Orders()
    try:
        settings = orders.next()
        if settings is not None:
            _serve(WorkerSettings(**settings), orders)
    except LoadError as error:
        orders.say("error", sentence=str(error))
        return 1
    except AbandonedError:
        return 0
    return 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="loadtests.worker")
    parser.add_argument("--master", metavar="HOST:PORT")
    parser.add_argument("--number", type=int, help="given by a master to the workers that it starts itself")
    parser.add_argument("--wait", type=float, default=DEFAULT_WAIT_S, help="how long to wait for the master, s")
    return parser.parse_args()


def _serve(settings: WorkerSettings, orders: Orders) -> None:
    worker = LegRunner(settings, SampleFile(Path(settings.samples)))
    try:
        worker.open()
        orders.say("ready")
        while (order := orders.next()) is not None:
            leg = Leg.from_json(order)
            orders.say("leg", **orders.obey(_run_with_progress, worker, leg, orders))
    finally:
        worker.close()


def _run_with_progress(worker: LegRunner, leg: Leg, orders: Orders) -> dict[str, Any]:
    reporter = gevent.spawn(orders.say_progress, leg.leg, worker.progress)
    try:
        return worker.run(leg)
    finally:
        reporter.kill()


if __name__ == "__main__":
    sys.exit(main())
