"""Compare the lab's Locust user with Locust's own two users and with wrk: the same nginx, one core for each side.

    python benchmarks/generator.py [--json]

Needs nginx and wrk; on Debian: apt-get install nginx-light wrk. The generators take turns, in an order drawn anew
for each round; each is warmed up, then nginx's own count of requests and the generator's CPU time are read on both
sides of a window in the middle of its turn, so start and end of a generator cost it nothing. The lab's user has
everything on that a real run records: outcome from the headers, every sample with its stages written as Parquet,
Locust's statistics. A ratio is the geometric mean over rounds, with its paired 95 % interval; of the two numbers
of connections, the lower one is the headline.
"""

import json
import math
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

# Run as a program, not as a module: the packages lie one folder up.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import click
import numpy as np
import psutil

from analysis.intervals import log_interval
from benchmarks.lab_worker import closed_loop, running_worker
from benchmarks.nginx import Nginx, require, running_nginx

CONNECTIONS = (8, 64)
SERVER_CORE, GENERATOR_CORE = 0, 1
WARM_UP_S = 0.7
LOCUSTFILE = Path(__file__).with_name("locust_users.py")
LAB, WRK, FAST, SLOW = "lab's user", "wrk", "FastHttpUser", "HttpUser"


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """What one generator did in one window."""

    rps: float
    cpu_us: float


class Turn:
    """One generator at work: where its requests are counted, and its processes' CPU time."""

    def __init__(self, nginx: Nginx, seconds: float) -> None:
        self._nginx = nginx
        self._seconds = seconds

    def measure(self, pid: int) -> Speed:
        """Measure the generator `pid`, which has just begun to send."""
        time.sleep(WARM_UP_S)  # not a race: a rate is taken over a window once everybody is at full speed
        before = (time.perf_counter(), self._nginx.requests(), _cpu_s(pid))
        time.sleep(self._seconds)
        after = (time.perf_counter(), self._nginx.requests(), _cpu_s(pid))
        seconds, requests, cpu_s = (late - early for late, early in zip(after, before, strict=True))
        return Speed(rps=requests / seconds, cpu_us=1e6 * cpu_s / requests)


def _cpu_s(pid: int) -> float:
    process = psutil.Process(pid)
    return sum(sum(each.cpu_times()[:2]) for each in (process, *process.children(recursive=True)))


@contextmanager
def on_core(core: int) -> Iterator[None]:
    """Have what is started meanwhile run on this core alone."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def run_wrk(turn: Turn, nginx: Nginx, connections: int, seconds: float) -> Speed:
    """Measure wrk with one thread."""
    whole_seconds = math.ceil(seconds + 2 * WARM_UP_S)  # which is all that it takes
    command = ["wrk", "-t1", f"-c{connections}", f"-d{whole_seconds}s", f"{nginx.url}/user/user-000001"]
    with on_core(GENERATOR_CORE):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        return turn.measure(process.pid)
    finally:
        process.kill()
        process.wait()


def run_locust(user: str, turn: Turn, nginx: Nginx, connections: int) -> Speed:
    """Measure one of Locust's own users, headless, one user a connection and no think time."""
    command = [
        sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), user, "--headless", "--host", nginx.url,
        "-u", str(connections), "-r", str(connections), "--only-summary", "--loglevel", "ERROR",
    ]  # fmt: skip
    before = nginx.requests()
    with on_core(GENERATOR_CORE):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while nginx.requests() - before < 20 * connections:  # it is up and sends
            time.sleep(0.1)
        return turn.measure(process.pid)
    finally:
        process.terminate()
        process.wait()


def run_lab(turn: Turn, nginx: Nginx, connections: int, seconds: float) -> Speed:
    """Measure a worker of the lab, recording everything."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as until_exit:
        with on_core(GENERATOR_CORE):
            worker = until_exit.enter_context(
                running_worker(nginx.url, connections, Path(folder), time.monotonic_ns())
            )
        leg = closed_loop(0, connections, seconds + 2 * WARM_UP_S)
        sending = threading.Thread(target=worker.run, args=(leg, lambda _: None))
        sending.start()
        try:
            return turn.measure(worker.pid)
        finally:
            sending.join()


def run(rounds: int, seconds: float, seed: int) -> dict[str, Any]:
    """Measure every generator in turn; return the figures as JSON values."""
    require("nginx", "wrk")
    order = random.Random(seed)
    found: dict[int, dict[str, list[Speed]]] = {each: {} for each in CONNECTIONS}
    with tempfile.TemporaryDirectory() as folder, running_nginx(Path(folder), SERVER_CORE) as nginx:
        turn = Turn(nginx, seconds)
        os.sched_setaffinity(0, {SERVER_CORE})  # what measures must not take time from the generator
        for _ in range(rounds):
            for connections in CONNECTIONS:
                turns: list[tuple[str, Callable[[], Speed]]] = [
                    (LAB, partial(run_lab, turn, nginx, connections, seconds)),
                    (WRK, partial(run_wrk, turn, nginx, connections, seconds)),
                    (FAST, partial(run_locust, "Fast", turn, nginx, connections)),
                    (SLOW, partial(run_locust, "Slow", turn, nginx, connections)),
                ]
                for name, measure in order.sample(turns, len(turns)):
                    found[connections].setdefault(name, []).append(measure())
    return summary(found)


def summary(found: dict[int, dict[str, list[Speed]]]) -> dict[str, Any]:
    """Return medians and ratios."""
    by_connections = {connections: _of_connections(speeds) for connections, speeds in found.items()}

    def lowest(key: str) -> dict[str, Any]:
        ratios: list[dict[str, Any]] = [each[key] for each in by_connections.values()]
        return min(ratios, key=lambda ratio: float(ratio["ratio"]))

    fast, wrk = lowest("vs_fasthttpuser"), lowest("vs_wrk")
    return {
        "vs_fasthttpuser": fast["ratio"],
        "vs_fasthttpuser_interval": [fast["low"], fast["high"]],
        "vs_wrk": wrk["ratio"],
        "vs_wrk_interval": [wrk["low"], wrk["high"]],
        "connections": by_connections,
    }


def _of_connections(speeds: dict[str, list[Speed]]) -> dict[str, Any]:
    def ratio(name: str) -> dict[str, float | None]:
        pairs = zip(speeds[LAB], speeds[name], strict=True)
        found = log_interval(np.array([mine.rps / theirs.rps for mine, theirs in pairs]))
        return {"ratio": found.value, "low": found.low, "high": found.high}

    return {
        "vs_fasthttpuser": ratio(FAST),
        "vs_wrk": ratio(WRK),
        "generators": {
            name: {
                "rps": float(np.median([speed.rps for speed in rounds])),
                "cpu_us": float(np.median([speed.cpu_us for speed in rounds])),
            }
            for name, rounds in speeds.items()
        },
    }


def show(found: dict[str, Any]) -> None:
    """Print the figures as a table."""
    for connections, part in found["connections"].items():
        print(f"\n{connections} connections         req/s   CPU µs a request")
        for name in (WRK, LAB, FAST, SLOW):
            speed = part["generators"][name]
            print(f"  {name:16s} {speed['rps']:10,.0f} {speed['cpu_us']:10.1f}")
        for key, name in (("vs_wrk", WRK), ("vs_fasthttpuser", FAST)):
            ratio = part[key]
            print(f"  lab's user over {name}: {ratio['ratio']:.2f} ({ratio['low']:.2f}–{ratio['high']:.2f})")
    print(f"\nlowest: {found['vs_wrk']:.2f} of wrk, {found['vs_fasthttpuser']:.1f} times FastHttpUser")


@click.command()
@click.option(
    "--rounds", type=click.IntRange(min=2), default=5, show_default=True, help="Turns of each generator."
)
@click.option(
    "--seconds", type=click.FloatRange(min=0.5), default=2.0, show_default=True, help="Window of a turn."
)
@click.option("--seed", default=1, show_default=True, help="Of the order.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON alone.")
def main(rounds: int, seconds: float, seed: int, as_json: bool) -> None:
    """Compare the lab's user with wrk and with Locust's users (about 3 minutes)."""
    found = run(rounds, seconds, seed)
    if as_json:
        print(json.dumps(found, indent=1))
    else:
        show(found)


if __name__ == "__main__":
    main()
