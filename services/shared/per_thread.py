"""One resource for each thread of each process: no connection is ever shared across a thread or a fork."""

import os
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class PerThread(Generic[T]):
    """Makes a thread's resource when it first asks for it; a forked child makes its own."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._local = threading.local()

    def get(self) -> T:
        """Return this thread's resource."""
        local = self._local
        # A fork copies the thread's locals. The child leaves its parent's resource alone: both client
        # libraries check the process before they say goodbye on a connection.
        if getattr(local, "process_id", None) != os.getpid():
            local.resource = self._make()
            local.process_id = os.getpid()
        resource: T = local.resource
        return resource

    def drop(self) -> None:
        """Forget this thread's resource; the next `get` makes another."""
        self._local.__dict__.clear()
