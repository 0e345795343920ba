"""Finds processes by what is in their command line, to see that none is left."""

import time
from pathlib import Path

import psutil


def processes_naming(text: str) -> list[psutil.Process]:
    """Return the processes, but this one, whose arguments, folder or environment name `text`."""
    found = []
    for process in psutil.process_iter():
        try:
            arguments = " ".join(process.cmdline())
            named = text in arguments or text in process.cwd() or text in " ".join(process.environ().values())
        except psutil.Error:
            continue
        if named and process.pid != psutil.Process().pid:
            found.append(process)
    return found


def left_after(folder: Path, timeout_s: float = 15.0) -> list[psutil.Process]:
    """Return what still runs from `folder` once it had `timeout_s` to go."""
    deadline = time.monotonic() + timeout_s
    while (left := processes_naming(str(folder))) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left
