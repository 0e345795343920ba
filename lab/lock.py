"""One lab at a time in a folder: servers on the same data would destroy them, runs would measure each other."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from lab.errors import StackError

WAIT_S = 3.0  # servers of a lab that was killed may still be stopping
POLL_S = 0.05


@contextmanager
def sole_use_of(directory: Path) -> Iterator[int]:
    """Hold the folder's lock and yield its file descriptor; who inherits that holds the lock too.

    Raises:
        StackError: another lab holds it, or the folder cannot be written to.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        lock = (directory / "lock").open("a")
    except OSError as error:
        raise StackError(
            f"the folder {directory} cannot be used ({error.strerror}); run from a folder that you may write to"
        ) from error
    with lock:
        if not _locked_in_time(lock):
            raise StackError(
                f"another lab is using {directory}; wait until it has ended, or stop it (`lab down` if it is up)"
            )
        yield lock.fileno()


def _locked_in_time(lock: IO[str]) -> bool:
    deadline = time.monotonic() + WAIT_S
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL_S)
        else:
            return True
