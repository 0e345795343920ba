"""Holds one server on a leash: it is stopped when the lab lets go, however the lab ends.

Run as a program of its own, `leash.py SIGNAL GRACE_S NICENESS COMMAND…`, with a pipe from the lab as standard
input. When the pipe closes (a stop, an exception, a kill -9 of the lab) the command gets SIGNAL, and SIGKILL after
the grace. Only the standard library is imported, and few modules of it: a leash must start at once.
"""

import os
import signal
import subprocess
import sys
import threading


def main(arguments: list[str]) -> int:
    """Run the command until it ends or the pipe closes; return its exit code."""
    stop_signal, grace_s, niceness, *command = arguments
    os.nice(int(niceness))
    # In a session of its own, so that a Ctrl-C meant for the lab does not reach it and all of it can be killed.
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    watcher = threading.Thread(
        target=_stop_when_released, args=(child, signal.Signals[stop_signal], float(grace_s)), daemon=True
    )
    watcher.start()
    code = child.wait()
    _kill_group(child.pid)
    return code if code >= 0 else 128 - code


def _stop_when_released(child: "subprocess.Popen[bytes]", stop_signal: signal.Signals, grace_s: float) -> None:
    while os.read(0, 1):
        pass
    child.send_signal(stop_signal)
    try:
        child.wait(grace_s)
    except subprocess.TimeoutExpired:
        _kill_group(child.pid)


def _kill_group(group: int) -> None:
    """Kill what the command may have left of its own children."""
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
