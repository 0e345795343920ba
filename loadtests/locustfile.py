"""Hit and miss workloads for Locust: web UI, --headless, --master and --worker, as any locustfile.

    locust -f loadtests/locustfile.py --host http://127.0.0.1:5001

A user is one connection. In an open loop (`--arrivals poisson` or `constant`) the connections share one
arrival rate, `--rate`, whatever their number; in a closed loop (`--arrivals closed`) each sends its next request
when its answer has come.
"""

import json
import logging
from argparse import ArgumentTypeError, Namespace
from collections.abc import Sequence
from typing import Any, cast

from locust import events
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment
from locust.runners import MasterRunner, WorkerRunner

from loadtests.connection import Connection
from loadtests.dispatcher import Dispatcher
from loadtests.errors import LoadError
from loadtests.live import LiveView
from loadtests.locust_stats import install_fine_rounding
from loadtests.popularity import SPELLINGS, parse_popularity
from loadtests.scheduling import ask_for_short_slices
from loadtests.target import ROUTES, TREATMENT_HEADERS, resolve
from loadtests.traffic import Requests, endless_chunks
from loadtests.users import CacheReader, attach_dispatcher, report_dropped_to_locust, report_to_locust
from loadtests.web_tab import add_cache_tab

__all__ = ["CacheReader"]

DEFAULT_HOST = "http://127.0.0.1:5001"
logger = logging.getLogger(__name__)


def _positive(text: str) -> float:
    value = float(text)
    if not value > 0:
        raise ArgumentTypeError(f"{text} is not above 0; give a rate in requests a second")
    return value


@events.init_command_line_parser.add_listener
def add_options(parser: LocustArgumentParser) -> None:
    """Add the lab's options; not as a group, whose members Locust leaves out of the web UI's start form."""
    parser.add_argument("--read", choices=list(ROUTES), default="user", help="which of the three reads")
    parser.add_argument(
        "--arm", choices=list(TREATMENT_HEADERS), default="cached", help="through the cache, or past it (no-store)"
    )
    parser.add_argument(
        "--arrivals",
        choices=["poisson", "constant", "closed"],
        default="poisson",
        help="open loop or closed loop",
    )
    parser.add_argument(
        "--rate",
        type=_positive,
        default=200.0,
        help="requests a second in an open loop, over all users and workers",
    )
    parser.add_argument("--popularity", default="zipf:0.99", help=SPELLINGS)
    parser.add_argument("--keys", type=int, default=10_000, help="working set: number of users asked for")
    parser.add_argument(
        "--users-in-data-set",
        type=int,
        default=20_000,
        help="users that the service has; the working set is drawn from them",
    )
    parser.add_argument("--load-seed", type=int, default=1, help="seed of arrivals and keys")


@events.init.add_listener
def prepare(environment: Environment, **_: Any) -> None:
    """Attach the dispatcher, the live view and its tab to this process's Locust."""
    ask_for_short_slices()
    install_fine_rounding()
    view = LiveView()
    add_cache_tab(environment, view)
    _exchange_live_view(view)
    if isinstance(environment.runner, MasterRunner):
        events.test_start.add_listener(_share_worker_count)
        events.test_start.add_listener(lambda **_: view.clear())
        return
    load = LocustLoad(environment, view)
    events.test_start.add_listener(load.start)
    events.test_stop.add_listener(load.stop)


class LocustLoad:
    """Starts and stops the dispatcher with Locust's test."""

    def __init__(self, environment: Environment, view: LiveView) -> None:
        self._environment = environment
        self._view = view
        self._dispatcher: Dispatcher | None = None

    def start(self, **_: Any) -> None:
        """Begin to send what the options ask for."""
        options = _options(self._environment)
        self._view.clear()
        if self._dispatcher is not None:
            self._dispatcher.close()
            self._dispatcher = None
        attach_dispatcher(self._environment, None)
        try:
            target = resolve(self._environment.host or DEFAULT_HOST)
            popularity = parse_popularity(options.popularity, options.keys)
            requests = Requests(target, options.read, options.arm, popularity, options.users_in_data_set)
        except LoadError as error:
            if self._environment.web_ui is None:
                raise SystemExit(f"locust: {error}") from error
            logger.error("%s", error)  # into the web UI's log; the form can be filled in again
            return
        self._dispatcher = Dispatcher(target, self._on_ended, self._on_dropped)
        self._operation: str = options.read
        attach_dispatcher(self._environment, self._dispatcher)
        index, count = self._place()
        rate_rps = None if options.arrivals == "closed" else options.rate / count
        self._dispatcher.start(endless_chunks(requests, rate_rps, options.arrivals, (options.load_seed, index)))

    def stop(self, **_: Any) -> None:
        """Send nothing more."""
        if self._dispatcher is not None:
            self._dispatcher.stop()

    def _place(self) -> tuple[int, int]:
        """Return which worker this is and how many share the rate."""
        runner = self._environment.runner
        if isinstance(runner, WorkerRunner):
            return runner.worker_index, getattr(_options(self._environment), "worker_count", 1)
        return 0, 1

    def _on_ended(self, connections: Sequence[Connection]) -> None:
        for connection in connections:
            if not connection.outcome.failed:
                self._view.add(connection.outcome, connection.done_ns - connection.intended_ns)
            report_to_locust(self._environment, self._operation, connection)

    def _on_dropped(self, intended_ns: int, key: int) -> None:
        report_dropped_to_locust(self._environment, self._operation)


def _share_worker_count(environment: Environment, **_: Any) -> None:
    """Let the workers know among how many the rate is shared: the options go out with the order to start."""
    assert isinstance(environment.runner, MasterRunner)  # noqa: S101 - `prepare` saw to it
    _options(environment).worker_count = environment.runner.worker_count


def _options(environment: Environment) -> Namespace:
    assert environment.parsed_options is not None  # noqa: S101 - Locust parses them before any test starts
    return cast("Namespace", environment.parsed_options)


def _exchange_live_view(view: LiveView) -> None:
    @events.report_to_master.add_listener
    def send(client_id: str, data: dict[str, Any]) -> None:
        # As text: the wire format of Locust's messages knows no integer keys.
        data["cache"] = json.dumps(view.take_unsent())

    @events.worker_report.add_listener
    def receive(client_id: str, data: dict[str, Any]) -> None:
        view.merge(json.loads(data.get("cache", "{}")))
