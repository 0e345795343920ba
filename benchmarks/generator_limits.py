"""How far one worker of the lab goes: connections, punctuality, memory, and what a sample takes on disk.

    python benchmarks/generator_limits.py [--json]

Needs nginx; on Debian: apt-get install nginx-light. nginx has one core and the worker the other. Asked for: 2,000
connections without a reconnect; lag at p99 under 0.3 ms at 1,000 requests a second and under 1 ms at 20,000; ten
million samples in under 1 GiB; under 40 bytes a sample on disk.
"""

import json
import os
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import click
import numpy as np
import psutil
from pyarrow import parquet

from benchmarks.generator import GENERATOR_CORE, SERVER_CORE, on_core
from benchmarks.lab_worker import closed_loop, open_loop, running_worker
from benchmarks.nginx import Nginx, require, running_nginx
from lab.generator import Generator
from loadtests.traffic import Leg

MANY_CONNECTIONS = 2_000
RATES_RPS = (1_000, 20_000)
MEBI = 1 << 20


def run(samples: int, seconds: float) -> dict[str, Any]:
    """Measure all of it; return the figures as JSON values."""
    require("nginx")
    with tempfile.TemporaryDirectory() as folder, running_nginx(Path(folder), SERVER_CORE) as nginx:
        return {
            "connections": _many_connections(nginx),
            "lag": {rate: _lag(nginx, rate, seconds) for rate in RATES_RPS},
            "long_run": _long_run(nginx, samples),
        }


def _sent(nginx: Nginx, connections: int, leg: Leg) -> tuple[dict[str, Any], Path, float]:
    """Send one leg from a new worker; return its summary, its samples and its largest memory in MiB."""
    folder = Path(tempfile.mkdtemp())
    peak_bytes = 0

    def look(_: dict[str, Any]) -> None:
        nonlocal peak_bytes
        peak_bytes = max(peak_bytes, _memory_bytes(worker))

    with ExitStack() as until_exit:
        with on_core(GENERATOR_CORE):
            worker = until_exit.enter_context(running_worker(nginx.url, connections, folder, time.monotonic_ns()))
        os.sched_setaffinity(0, {SERVER_CORE})
        summary = worker.run(leg, look)
        look({})
    return (
        {"requests": summary.requests, "outcomes": summary.outcomes, "worker": summary.workers[0]},
        folder / "worker-0.parquet",
        peak_bytes / MEBI,
    )


def _memory_bytes(worker: Generator) -> int:
    """Return the largest resident memory that the worker has had."""
    for line in Path(f"/proc/{worker.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return int(psutil.Process(worker.pid).memory_info().rss)


def _many_connections(nginx: Nginx) -> dict[str, Any]:
    summary, _, _ = _sent(nginx, MANY_CONNECTIONS, closed_loop(0, MANY_CONNECTIONS, 3.0))
    opened = summary["worker"]["connects"]
    return {
        "connections": MANY_CONNECTIONS,
        "opened": opened,
        "reconnects": opened - MANY_CONNECTIONS,
        "requests": summary["requests"],
        "outcomes": summary["outcomes"],
    }


def _lag(nginx: Nginx, rate_rps: float, seconds: float) -> dict[str, float]:
    _, samples, _ = _sent(nginx, 64, open_loop(0, rate_rps, seconds, 64))
    columns = parquet.read_table(samples, columns=["intended_ns", "sent_ns"])
    lag_ms = (columns["sent_ns"].to_numpy() - columns["intended_ns"].to_numpy()) / 1e6
    p50_ms, p99_ms = np.quantile(lag_ms, (0.5, 0.99))
    return {"p50_ms": float(p50_ms), "p99_ms": float(p99_ms), "requests": len(lag_ms)}


def _long_run(nginx: Nginx, samples: int) -> dict[str, float]:
    """Send until there are so many samples: as long as a first, short leg says, and a third more to be sure."""
    pace, _, _ = _sent(nginx, 64, closed_loop(0, 64, 1.0))
    summary, file, peak_mib = _sent(nginx, 64, closed_loop(0, 64, 1.33 * samples / pace["requests"]))
    return {
        "samples": summary["requests"],
        "peak_mib": peak_mib,
        "bytes_a_sample": file.stat().st_size / summary["requests"],
    }


def show(found: dict[str, Any]) -> None:
    """Print the figures, a line each."""
    many, long = found["connections"], found["long_run"]
    print(
        f"{many['connections']:,} connections: {many['opened']:,} opened, {many['reconnects']} reconnects, "
        f"{many['requests']:,} requests, {many['outcomes']}"
    )
    for rate, lag in found["lag"].items():
        print(f"{int(rate):,} requests a second: lag p50 {lag['p50_ms']:.3f} ms, p99 {lag['p99_ms']:.3f} ms")
    print(
        f"{long['samples']:,.0f} samples in one leg: at most {long['peak_mib']:.0f} MiB, "
        f"{long['bytes_a_sample']:.1f} bytes a sample on disk"
    )


@click.command()
@click.option(
    "--samples", type=click.IntRange(min=1000), default=10_000_000, show_default=True, help="Of the long leg."
)
@click.option("--seconds", type=click.FloatRange(min=1), default=5.0, show_default=True, help="Of each rate.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON alone.")
def main(samples: int, seconds: float, as_json: bool) -> None:
    """Find one worker's limits (about 4 minutes)."""
    found = run(samples, seconds)
    if as_json:
        print(json.dumps(found, indent=1))
    else:
        show(found)


if __name__ == "__main__":
    main()
