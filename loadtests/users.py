"""The Locust user of the lab: one user is one connection, and the dispatcher says what it carries.

The same class serves Locust's web UI, `--headless`, its distributed workers and the lab's own experiments.
"""

from typing import Any

from gevent.event import Event
from locust import User, task
from locust.env import Environment
from locust.exception import StopUser

from loadtests.connection import Connection
from loadtests.dispatcher import Dispatcher
from loadtests.locust_stats import GET, entry_name
from loadtests.outcome import Outcome

_dispatchers: dict[Environment, Dispatcher] = {}


def attach_dispatcher(environment: Environment, dispatcher: Dispatcher | None) -> None:
    """Make `dispatcher` the one that this environment's users join, or leave them without."""
    if dispatcher is None:
        _dispatchers.pop(environment, None)
    else:
        _dispatchers[environment] = dispatcher


class CacheReader(User):
    """Carries reads over one keep-alive connection for as long as Locust lets it live."""

    def on_start(self) -> None:
        """Join the dispatcher; where the test could not be set up there is none, and nothing to do."""
        if self.environment not in _dispatchers:
            raise StopUser
        self.connection = _dispatchers[self.environment].join()

    def on_stop(self) -> None:
        """Leave it."""
        if self.environment in _dispatchers:
            _dispatchers[self.environment].leave(self.connection)

    @task
    def carry(self) -> None:
        """Wait: requests are sent and received by callbacks, not by this greenlet."""
        Event().wait()


class RequestFailedError(Exception):
    """What Locust's table of failures shows for a request without a good answer."""


def report_to_locust(environment: Environment, operation: str, connection: Connection) -> None:
    """Tell Locust and its listeners of one request; its response time counts from the intended start."""
    outcome = connection.outcome
    failure = _failure(outcome, connection.status) if outcome.failed else None
    environment.events.request.fire(
        request_type=GET,
        name=entry_name(operation, outcome),
        response_time=(connection.done_ns - connection.intended_ns) / 1e6,
        response_length=connection.length_bytes,
        exception=failure,
        context=_NO_CONTEXT,
    )


def report_dropped_to_locust(environment: Environment, operation: str) -> None:
    """Tell Locust of a request that was never sent; it has no response time."""
    environment.events.request.fire(
        request_type=GET,
        name=entry_name(operation, Outcome.DROPPED),
        response_time=None,
        response_length=0,
        exception=RequestFailedError("dropped: the queue before the connections was full"),
        context=_NO_CONTEXT,
    )


_NO_CONTEXT: dict[str, Any] = {}


def _failure(outcome: Outcome, status: int) -> RequestFailedError:
    return RequestFailedError(f"{outcome.label}: status {status}" if status else outcome.label)
