"""Starts a real master, and workers as from elsewhere, and speaks to the master as the lab does."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import psutil

from loadtests.traffic import Leg

ANSWERS = ("ready", "leg", "error")


class RunningMaster:
    """A master process, or a lone worker: both speak the same."""

    def __init__(self, url: str, folder: Path, *arguments: str, module: str = "loadtests.master", **settings: Any):
        self.samples = folder / "samples"
        self.samples.mkdir(parents=True, exist_ok=True)
        self._log = folder / "generator.log"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        first = {"url": url, "connections": 8, "epoch_ns": time.monotonic_ns(), "timeout_s": 5.0}
        self.order({**first, "samples": str(self.samples / "worker-0.parquet"), **settings})

    def order(self, order: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()

    def wait_for(self, *events: str) -> dict[str, Any]:
        """Return its next answer of one of these kinds, or its error."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            message: dict[str, Any] = json.loads(line)
            if message["event"] in (*events, "error"):
                return message
        raise AssertionError(f"it ended: {self.log}")

    def run(self, leg: Leg) -> dict[str, Any]:
        """Return what it says at the leg's end."""
        self.order(leg.to_json())
        return self.wait_for("leg")

    @property
    def log(self) -> str:
        """What it and its workers wrote."""
        return self._log.read_text()

    def worker(self, number: int) -> psutil.Process:
        """Return one of the worker processes that it has started."""
        return next(
            child
            for child in psutil.Process(self.process.pid).children()
            if child.cmdline()[-2:] == ["--number", str(number)]
        )

    def close(self) -> int:
        """Let go of it and return its exit code."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(30)

    def rows(self) -> pd.DataFrame:
        """Return the samples of all workers, with the worker's number; only after its end."""
        tables = [
            pd.read_parquet(path).assign(worker=int(path.stem.removeprefix("worker-")))
            for path in sorted(self.samples.iterdir())
        ]
        return pd.concat(tables, ignore_index=True)


@contextmanager
def running_master(url: str, folder: Path, *arguments: str, **settings: Any) -> Iterator[RunningMaster]:
    """Run a master (or, with `module`, a lone worker) and leave none of its processes behind."""
    master = RunningMaster(url, folder, *arguments, **settings)
    try:
        yield master
    finally:
        processes = [psutil.Process(master.process.pid)] if master.process.poll() is None else []
        processes += processes[0].children(recursive=True) if processes else []
        for process in processes:
            process.kill()
        master.process.wait()


@contextmanager
def worker_from_elsewhere(master: str, *options: str, inside: tuple[str, ...] = ()) -> "Iterator[Elsewhere]":
    """Start a worker as `lab worker` does; `inside` is a command that runs it in another place."""
    command = [*inside, sys.executable, "-m", "lab", "worker", "--master", master, *options]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        yield Elsewhere(process)
    finally:
        process.kill()
        process.wait()


class Elsewhere:
    """A worker that was started by hand."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def wait_until_it_says(self, text: str) -> str:
        """Return the line with `text` in it."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            if text in line:
                return line
        raise AssertionError(f"it ended without a word of {text!r}")

    def ended(self) -> tuple[int, str]:
        """Wait for its end; return exit code and what it said since."""
        assert self.process.stderr is not None
        said = self.process.stderr.read()
        return self.process.wait(30), said
