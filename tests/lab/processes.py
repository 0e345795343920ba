"""Processes beside the lab: found by what is in their command line, or started so that they are not below it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

# Uses a core. It ends by itself, should the test be killed.
HOG = "import time; end = time.monotonic() + 60\nwhile time.monotonic() < end: pass"


@contextmanager
def detached(program: str) -> Iterator[psutil.Process]:
    """Run a Python program that cannot be found below this process: its parent has gone."""
    started = subprocess.run(
        ["sh", "-c", '"$0" -c "$1" >/dev/null 2>&1 & echo $!', sys.executable, program],
        capture_output=True,
        text=True,
        check=True,
    )
    process = psutil.Process(int(started.stdout))
    try:
        yield process
    finally:
        os.kill(process.pid, signal.SIGKILL)


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
