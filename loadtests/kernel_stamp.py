"""The moment at which the kernel received bytes on a socket, on the clock of `time.monotonic_ns()`.

When an answer has come is a fact of the service; when this process got round to reading it is not. On a core
that servers share with the generator they lie 0.05 ms apart half of the time, and milliseconds now and then. On
Linux a socket can be asked for the former (SO_TIMESTAMPNS, socket(7)); elsewhere the latter has to do.
"""

import struct
import sys
import time
from typing import Any

SOL_SOCKET = 1
SO_TIMESTAMPNS = 35  # not among Python's constants; the same on x86-64 and ARM
TIMESPEC = struct.Struct("@ll")
STAMP_BYTES = 64  # room for one control message with a timespec
NS = 1_000_000_000

monotonic_ns = time.monotonic_ns
realtime_ns = time.time_ns
_unpack = TIMESPEC.unpack


def ask_for_stamps(socket: Any) -> None:
    """Have `socket.recvmsg(n, STAMP_BYTES)` say when the kernel received what it returns."""
    if sys.platform == "linux":
        socket.setsockopt(SOL_SOCKET, SO_TIMESTAMPNS, 1)


def received_ns(ancillary: list[tuple[int, int, bytes]], not_before_ns: int) -> int:
    """Return when the last of the bytes came, given what came with them; without a stamp it is now.

    The stamp is of the wall clock; its age is what counts. One from before `not_before_ns` or from the future
    shows that somebody has set that clock in between, and is not believed.
    """
    wall_ns, now_ns = realtime_ns(), monotonic_ns()
    if not ancillary:
        return now_ns
    seconds, nanoseconds = _unpack(ancillary[0][2])
    came_ns: int = now_ns - (wall_ns - seconds * NS - nanoseconds)
    return came_ns if not_before_ns <= came_ns <= now_ns else now_ns
