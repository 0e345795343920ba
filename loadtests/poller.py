"""Tells connections that bytes have come, for all of them at once.

A watcher of the event loop for each connection costs a turn of the loop for every few answers. Here the loop
watches one epoll, and as long as that has more to say, its connections are served without going back to the loop.
Those that have something to read at one moment are a round: all are read before anything is sent.
"""

import sys
from collections.abc import Callable
from typing import Any

from gevent.hub import get_hub
from gevent.monkey import get_original

READ = 1
EPOLLIN = 1
# Then timers get their turn: requests that are due must not wait for answers that keep coming.
MOST_ROUNDS = 8


class EpollPoller:
    """Calls back in the hub whenever a watched descriptor can be read, and `on_round` after each round of these.

    Attributes:
        serving: whether a round is under way.
    """

    def __init__(self, on_round: Callable[[], None]) -> None:
        self.serving = False
        self._on_round = on_round
        # Locust's patching of the standard library hides it, since a greenlet must not block in it; nothing does.
        self._epoll: Any = get_original("select", "epoll")()
        self._callbacks: dict[int, Callable[[], None]] = {}
        self._watcher: Any = get_hub().loop.io(self._epoll.fileno(), READ)
        self._watcher.start(self._ready)

    def watch(self, descriptor: int, callback: Callable[[], None]) -> None:
        """Call `callback` from now on; it must not block."""
        self._callbacks[descriptor] = callback
        self._epoll.register(descriptor, EPOLLIN)

    def forget(self, descriptor: int) -> None:
        """Call nobody any more; to be called before the descriptor is closed."""
        if self._callbacks.pop(descriptor, None) is not None:
            self._epoll.unregister(descriptor)

    def close(self) -> None:
        """Free what belongs to the event loop."""
        self._watcher.stop()
        self._watcher.close()
        self._epoll.close()

    def _ready(self) -> None:
        poll, callbacks = self._epoll.poll, self._callbacks
        for _ in range(MOST_ROUNDS):
            ready = poll(0)
            if not ready:
                return
            self.serving = True
            try:
                for descriptor, _events in ready:
                    callbacks[descriptor]()
            finally:
                self.serving = False
            self._on_round()


class LoopPoller:
    """The same with a watcher each, for systems without epoll; it knows no rounds."""

    serving = False

    def __init__(self) -> None:
        self._loop: Any = get_hub().loop
        self._watchers: dict[int, Any] = {}

    def watch(self, descriptor: int, callback: Callable[[], None]) -> None:
        self._watchers[descriptor] = watcher = self._loop.io(descriptor, READ)
        watcher.start(callback)

    def forget(self, descriptor: int) -> None:
        watcher = self._watchers.pop(descriptor, None)
        if watcher is not None:
            watcher.stop()
            watcher.close()

    def close(self) -> None:
        for descriptor in list(self._watchers):
            self.forget(descriptor)


Poller = EpollPoller | LoopPoller


def make_poller(on_round: Callable[[], None]) -> Poller:
    """Return the best poller of this system."""
    return EpollPoller(on_round) if sys.platform == "linux" else LoopPoller()
