"""A one-shot timer on gevent's hub that keeps to the microsecond where the system can.

The event loop's own timers are quantised to whole milliseconds. On Linux a timerfd watched as a file
descriptor is late by well under 0.1 ms instead; elsewhere the loop's timer has to do.

What is left of that lateness is the time that an idle processor and this process take to wake. So the descriptor
is set a little early, and the rest is waited for awake: half of all requests are then late by 0.005 ms instead of
0.06 (200 requests a second, two cores of a virtual machine).
"""

import ctypes
import os
import sys
import time
from collections.abc import Callable
from typing import Any, Protocol

from gevent.hub import get_hub

NS = 1_000_000_000
READ = 1
TFD_TIMER_ABSTIME = 1
LEAD_NS = 80_000  # how long waking takes at most, but for a processor that has other work
# Only where the next time is that many leads away, so that waiting awake never takes more than this part of the
# time from answers and from servers on the same core; in a denser schedule the process hardly sleeps anyway.
LEADS_APART = 4


class Timer(Protocol):
    """Calls back in the hub once `time.monotonic_ns()` has reached the time it was armed for."""

    def arm(self, at_ns: int) -> None:
        """Replace whatever was armed before."""

    def close(self) -> None:
        """Disarm and free."""


def make_timer(callback: Callable[[], None]) -> Timer:
    """Return the best timer of this system; `callback` runs in the hub and must not block."""
    return _TimerFd(callback) if sys.platform == "linux" else _LoopTimer(callback)


class _Timespec(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class _Itimerspec(ctypes.Structure):
    _fields_ = (("interval", _Timespec), ("value", _Timespec))


class _TimerFd:
    """A timerfd through libc: Python's own binding (os.timerfd_create) came with 3.13 only."""

    def __init__(self, callback: Callable[[], None]) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._fd = self._libc.timerfd_create(time.CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC)
        if self._fd < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create failed")
        self._spec = _Itimerspec()
        self._spec_pointer = ctypes.byref(self._spec)
        self._callback = callback
        self._at_ns = 0
        self._watcher: Any = get_hub().loop.io(self._fd, READ)
        self._watcher.start(self._expired)

    def arm(self, at_ns: int) -> None:
        self._at_ns = at_ns
        if at_ns - time.monotonic_ns() >= LEADS_APART * LEAD_NS:
            at_ns -= LEAD_NS
        # An all-zero time would disarm; a time gone by fires at once.
        self._spec.value.seconds, self._spec.value.nanoseconds = divmod(max(at_ns, 1), NS)
        self._libc.timerfd_settime(self._fd, TFD_TIMER_ABSTIME, self._spec_pointer, None)

    def close(self) -> None:
        self._watcher.stop()
        self._watcher.close()
        os.close(self._fd)

    def _expired(self) -> None:
        try:
            os.read(self._fd, 8)
        except BlockingIOError:  # armed anew since the loop saw it ready
            return
        while time.monotonic_ns() < self._at_ns:
            pass
        self._callback()


class _LoopTimer:
    def __init__(self, callback: Callable[[], None]) -> None:
        self._loop: Any = get_hub().loop
        self._timer: Any = None
        self._callback = callback

    def arm(self, at_ns: int) -> None:
        self.close()
        self._timer = self._loop.timer(max(0.0, (at_ns - time.monotonic_ns()) / NS))
        self._timer.start(self._callback)

    def close(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer.close()
            self._timer = None
