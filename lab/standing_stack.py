"""The embedded stack that `lab up` leaves running: a lab in the background that holds it, and a note of where."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from lab.dataset import DatasetParameters, ensure_dataset
from lab.errors import StackError
from lab.stacks.embedded import EmbeddedSettings, embedded_stack

READY_TIMEOUT_S = 90.0
STOP_TIMEOUT_S = 30.0
POLL_S = 0.05
# A process's start is told by the wall clock, which may be set meanwhile.
CLOCK_STEP_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingStack:
    """A note of a stack that is up.

    Attributes:
        pid: the lab that holds it.
        pid_started: when that process began, since numbers are used again.
        user_service_url: where it answers; likewise `data_service_url`.
    """

    pid: int
    pid_started: float
    user_service_url: str | None
    data_service_url: str


def standing_stack(directory: Path) -> StandingStack | None:
    """Return the stack that is up; None when there is none."""
    try:
        noted = StandingStack(**json.loads(_note(directory).read_text()))
        holder = psutil.Process(noted.pid)
        if abs(holder.create_time() - noted.pid_started) > CLOCK_STEP_S or holder.status() == psutil.STATUS_ZOMBIE:
            return None
    except (FileNotFoundError, psutil.NoSuchProcess):
        return None
    return noted


def hold_stack(settings: EmbeddedSettings, dataset: DatasetParameters) -> None:
    """Hold the stack until a signal ends this process; the note is there while it is ready."""
    note = _note(settings.directory)
    with embedded_stack(settings) as stack:
        ensure_dataset(stack.endpoints.database_url, dataset)
        me = psutil.Process()
        standing = StandingStack(
            pid=me.pid,
            pid_started=me.create_time(),
            user_service_url=stack.endpoints.user_service_url,
            data_service_url=stack.endpoints.data_service_url,
        )
        draft = note.with_suffix(".part")
        draft.write_text(json.dumps(asdict(standing)))
        draft.replace(note)
        try:
            signal.pause()
        finally:
            note.unlink()


def start_holder(directory: Path, arguments: list[str]) -> StandingStack:
    """Start `lab up --foreground` in the background and wait until its stack is ready.

    Raises:
        StackError: it ended before; the message is its own.
    """
    directory.mkdir(parents=True, exist_ok=True)
    log = directory / "lab.log"
    with log.open("wb") as output:
        holder = subprocess.Popen(
            [sys.executable, "-P", "-m", "lab", "up", "--foreground", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=Path.cwd(),
        )
    standing = None
    try:
        _wait(lambda: standing_stack(directory) is not None or holder.poll() is not None, READY_TIMEOUT_S)
        standing = standing_stack(directory)
    finally:
        if standing is None and holder.poll() is None:  # too slow, or Ctrl-C: it must not come up behind our back
            holder.terminate()
            holder.wait()
    if standing is None:
        raise StackError(_last_line(log) or f"the stack was not ready after {READY_TIMEOUT_S:g} s (log: {log})")
    return standing


def stop_holder(directory: Path) -> bool:
    """End the stack that is up and wait until it is gone; return whether there was one.

    Raises:
        StackError: it does not end.
    """
    standing = standing_stack(directory)
    if standing is None:
        return False
    try:
        os.kill(standing.pid, signal.SIGTERM)
    except ProcessLookupError:  # it has just ended by itself
        return True
    except PermissionError as error:
        raise StackError(
            f"the stack is held by another user's process {standing.pid}; stop it as that user"
        ) from error
    if not _wait(lambda: standing_stack(directory) is None, STOP_TIMEOUT_S):
        raise StackError(
            f"process {standing.pid}, which holds the stack, does not end; see {directory / 'lab.log'}"
        )
    return True


def _note(directory: Path) -> Path:
    return directory / "stack.json"


def _wait(done: Callable[[], bool], timeout_s: float) -> bool:
    deadline = time.monotonic() + timeout_s
    while not done():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_S)
    return True


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1].removeprefix("lab: ") if lines else ""
