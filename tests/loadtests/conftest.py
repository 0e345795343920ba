"""Runs legs in a real worker process, as the lab does, against a stub of known behaviour."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from loadtests.traffic import Leg

RunLegs = Callable[..., tuple[list[dict[str, Any]], pd.DataFrame]]


def leg(number: int = 0, **changes: Any) -> Leg:
    """A leg of a few seconds' traffic, changed as told."""
    fields: dict[str, Any] = {
        "leg": number,
        "operation": "user",
        "arm": "cached",
        "treatment": changes.get("arm", "cached"),
        "phase": "measure",
        "block": 0,
        "arrivals": "poisson",
        "rate_rps": 200.0,
        "duration_s": 0.5,
        "connections": 8,
        "seed": (1, 0),
        "popularity": "zipf:0.99",
        "working_set_keys": 100,
        "trace_share_ratio": 1.0,
        "key_start": 0,
        "users": 100,
    }
    return Leg(**{**fields, **changes})


@pytest.fixture
def run_legs(tmp_path: Path) -> Iterator[RunLegs]:
    """Return a function (url, legs, **worker settings) → (messages of finished legs, samples)."""
    workers: list[subprocess.Popen[str]] = []

    def run(url: str, legs: list[Leg], **settings: Any) -> tuple[list[dict[str, Any]], pd.DataFrame]:
        samples = tmp_path / "samples" / "worker-0.parquet"
        first = {
            "url": url,
            "connections": 8,
            "epoch_ns": time.monotonic_ns(),
            "samples": str(samples),
            "timeout_s": 5.0,
            "queue_limit": 10_000,
            **settings,
        }
        worker = subprocess.Popen(
            [sys.executable, "-m", "loadtests.worker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        workers.append(worker)
        assert worker.stdin is not None
        assert worker.stdout is not None
        finished = []
        for order in (first, *(each.to_json() for each in legs)):
            worker.stdin.write(json.dumps(order) + "\n")
            worker.stdin.flush()
            answer = next(m for m in map(json.loads, worker.stdout) if m["event"] != "progress")
            finished += [answer] if answer["event"] in ("leg", "error") else []
        worker.stdin.close()
        worker.wait(30)
        return finished, pd.read_parquet(samples) if samples.exists() else pd.DataFrame()

    yield run
    for worker in workers:
        worker.kill()
        worker.wait()
