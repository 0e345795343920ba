"""The generator's talk with the lab: one JSON object a line, orders in on standard input, answers out.

Standard output is kept for the answers; what others print goes to standard error.
"""

import json
import sys
from collections.abc import Callable
from typing import Any, TypeVar, cast

import gevent
from gevent.fileobject import FileObject
from gevent.queue import Queue

from loadtests.errors import LoadError

ABANDON_CHECK_S = 0.2
PROGRESS_EVERY_S = 0.5

Done = TypeVar("Done")
Progress = Callable[[], dict[str, Any]]


class AbandonedError(Exception):
    """Whoever gives the orders is gone in the middle of one."""


class Orders:
    """The orders as they come, and the answers to them."""

    def __init__(self) -> None:
        self._answers, sys.stdout = sys.stdout, sys.stderr
        self._queue: Queue[dict[str, Any] | None] = Queue()
        gevent.spawn(self._read)

    def next(self) -> dict[str, Any] | None:
        """Return the next order; None when there will be no more."""
        return cast("dict[str, Any] | None", self._queue.get())

    def obey(self, action: Callable[..., Done], *arguments: Any) -> Done:
        """Do what was ordered, unless whoever ordered it is gone before it is done.

        Raises:
            AbandonedError: nobody waits for it any more.
        """
        doing = gevent.spawn(attempt, action, *arguments)
        while not doing.dead:
            gevent.wait([doing], timeout=ABANDON_CHECK_S)
            if not self._queue.empty() and self._queue.peek() is None:
                doing.kill()
                raise AbandonedError
        done, error = doing.get()
        if error is not None:
            raise error
        return cast("Done", done)

    def say(self, event: str, **fields: Any) -> None:
        """Answer."""
        self._answers.write(json.dumps({"event": event, **fields}) + "\n")
        self._answers.flush()

    def say_progress(self, leg: int, progress: Progress) -> None:
        """Tell of a leg's progress twice a second, until this greenlet is killed."""
        while True:
            gevent.sleep(PROGRESS_EVERY_S)
            self.say("progress", leg=leg, **progress())

    def _read(self) -> None:
        """Put each order into the queue, and None when whoever gives them is gone."""
        for line in FileObject(sys.stdin.buffer, "rb"):
            self._queue.put(json.loads(line))
        self._queue.put(None)


def attempt(action: Callable[..., Done], *arguments: Any) -> tuple[Done | None, LoadError | None]:
    """Return what comes of it, or the expected error: gevent would print one that is raised as a bug's."""
    try:
        return action(*arguments), None
    except LoadError as error:
        return None, error
