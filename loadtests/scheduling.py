"""Asks the kernel to run the generator soon after it wakes, rather than long at a time.

Linux gives each runnable task a slice of about 3 ms before another may have its core, so a generator that
wakes to send one request can wait that long behind a busy server. Since Linux 6.12 a task may ask for a shorter
slice of its own, and one with a shorter slice may interrupt one with a longer. It gets no more of the processor
by that, and needs no privilege.

References:
    sched(7) and sched_setattr(2), sched_runtime under SCHED_OTHER; the feature PREEMPT_SHORT of EEVDF.
"""

import ctypes
import os
import platform

SLICE_NS = 100_000  # the shortest that the kernel grants
SYSCALL_NUMBERS = {"x86_64": 314, "aarch64": 274}


class _SchedAttr(ctypes.Structure):
    """struct sched_attr in its first version."""

    _fields_ = (
        ("size", ctypes.c_uint32),
        ("policy", ctypes.c_uint32),
        ("flags", ctypes.c_uint64),
        ("nice", ctypes.c_int32),
        ("priority", ctypes.c_uint32),
        ("runtime", ctypes.c_uint64),
        ("deadline", ctypes.c_uint64),
        ("period", ctypes.c_uint64),
    )


def ask_for_short_slices() -> bool:
    """Ask for this thread; return whether the kernel took it. An older one takes it and changes nothing."""
    number = SYSCALL_NUMBERS.get(platform.machine())
    if platform.system() != "Linux" or number is None:
        return False
    wish = _SchedAttr(size=ctypes.sizeof(_SchedAttr), nice=os.getpriority(os.PRIO_PROCESS, 0), runtime=SLICE_NS)
    return bool(ctypes.CDLL(None, use_errno=True).syscall(number, 0, ctypes.byref(wish), 0) == 0)
