"""Measure what measuring costs: data-service with its Server-Timing headers against itself without them.

Two data-services that differ in SERVER_TIMING alone run side by side over one PostgreSQL and one Redis, on a core
that everything else keeps off. Both are driven at once, each in a closed loop, so that whatever slows the machine
slows both: hits and uncached reads of `/user/<name>`, the cheapest answers, of which the header is the largest
share. Each round gives the ratio of their CPU times a request, and the rounds together a paired 95 % interval.

    python benchmarks/measuring_cost.py [--json]

A service at its limit answers as many requests as its CPU time allows, so that ratio is the one of throughput:
the cost is 1 - off / on. What each really answered a second is printed too; it depends on how the scheduler shared
the core out, and so varies more. Each service has one process of one thread: threads that hand the interpreter to
one another add to a request's work, of which the header would be a smaller share.

wrk drives where it is installed (Debian: apt-get install wrk), the lab's own generator otherwise.
"""

import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# A file beside this one is called like the package it measures: `import services` must not find the file.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import click
import numpy as np
import redis

from analysis.intervals import log_interval
from lab.dataset import DatasetParameters, ensure_dataset
from lab.generator import Generator, running_generator
from lab.processes import read_processes
from lab.stacks.ports import free_port
from lab.stacks.postgres import PostgresServer
from lab.stacks.redis import RedisServer
from lab.stacks.services import Service
from loadtests.target import TREATMENT_HEADERS
from loadtests.traffic import Leg
from loadtests.worker_settings import WorkerSettings

USERS = 20_000
WARM_USERS = 300
CONNECTIONS = 8
WARM_UP_S = 1
TARGET_COST_RATIO = 0.03

READS = {"hit": "cached", "uncached": "uncached"}  # what is read, and the treatment that asks for it
SWITCHES = {"on": "1", "off": "0"}

Driver = Callable[[str, int], tuple[int, float]]
"""Reads in a closed loop from one service; takes the kind of read and seconds, returns answers and seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two services, and what drives it."""

    service: Service
    drive: Driver


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One round at one service: answers a second, and its CPU time for each."""

    rate_rps: float
    cpu_s: float


# The services


@contextmanager
def both_sides(driver: str) -> Iterator[dict[str, Side]]:
    """Start PostgreSQL with its users, Redis, and data-service twice; stop all at the end."""
    *others, last = sorted(os.sched_getaffinity(0))
    with ExitStack() as stack:
        stack.enter_context(on_cores(set(others) or {last}))
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hit-or-miss-benchmark-")))
        directory.chmod(0o755)
        database = PostgresServer(directory / "postgres", free_port())
        stack.callback(database.process.stop)
        database.start()
        ensure_dataset(database.url, DatasetParameters(users=USERS, events=1))
        cache = RedisServer(directory, free_port())
        stack.callback(cache.process.stop)
        cache.start()
        environment = {
            "DATABASE_URL": database.url,
            "REDIS_URL": cache.url,
            "CACHE_TTL_S": "86400",
            "WORKERS": "1",
            "THREADS": "1",
        }
        sides = {}
        for name, switch in SWITCHES.items():
            home = directory / name
            service = Service("data_service", free_port(), home, {**environment, "SERVER_TIMING": switch})
            stack.callback(service.process.stop)
            with on_cores({last}):
                service.process.start()
            service.wait_until_ready()
            sides[name] = Side(service=service, drive=DRIVERS[driver](stack, service.url, home))
        yield sides
        check_that_hits_were_hits(cache.url)


@contextmanager
def on_cores(cores: set[int]) -> Iterator[None]:
    """Keep this process to some cores, and with it all that it starts."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def check_that_hits_were_hits(redis_url: str) -> None:
    """Raise unless nearly every look-up found its key: the first ones fill the cache."""
    stats = redis.Redis.from_url(redis_url).info("stats")
    if stats["keyspace_misses"] > 2 * WARM_USERS * len(SWITCHES):
        raise click.ClickException(f"{stats['keyspace_misses']:,} look-ups were misses: nothing was measured")


# The drivers


def wrk_driver(_stack: ExitStack, url: str, directory: Path) -> Driver:
    """Return a driver that runs wrk, with one thread, over a script of paths for each kind of read."""
    scripts = {read: directory / f"{read}.lua" for read in READS}
    for read, script in scripts.items():
        script.write_text(lua(read), encoding="utf-8")

    def drive(read: str, seconds: int) -> tuple[int, float]:
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(scripts[read]), url]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        if "Non-2xx" in said or "Socket errors" in said:
            raise click.ClickException(f"the service failed under wrk: {said}")
        found = re.search(r"(\d+) requests in ([\d.]+)s", said)
        if found is None:
            raise click.ClickException(f"wrk does not say how many answers it had: {said}")
        return int(found[1]), float(found[2])

    return drive


def lua(read: str) -> str:
    """Return a wrk script that asks for users in turn: the warm ones, or all of them."""
    header = TREATMENT_HEADERS[READS[read]].strip()
    name, _, value = header.partition(": ")
    return f"""
        local headers = {{{f'["{name}"] = "{value}"' if header else ""}}}
        local requests, n = {{}}, 0
        function init(args)
          for user = 1, {WARM_USERS if read == "hit" else USERS} do
            requests[user] = wrk.format("GET", string.format("/user/user-%06d", user - 1), headers)
          end
        end
        function request()
          n = n % #requests + 1
          return requests[n]
        end
    """


def worker_driver(stack: ExitStack, url: str, directory: Path) -> Driver:
    """Return a driver that gives legs to a generator process of its own."""
    samples = str(directory / "samples.parquet")
    settings = WorkerSettings(url=url, connections=CONNECTIONS, epoch_ns=time.monotonic_ns(), samples=samples)
    generator: Generator = stack.enter_context(running_generator(settings, directory / "generator.log"))

    def drive(read: str, seconds: int) -> tuple[int, float]:
        summary = generator.run(leg(read, seconds), lambda _: None)
        return summary.requests, summary.seconds

    return drive


def leg(read: str, seconds: int) -> Leg:
    """Return a closed-loop leg over the warm users or all of them."""
    return Leg(
        leg=0,
        operation="user",
        arm=READS[read],
        treatment=READS[read],
        phase="ramp",
        block=None,
        arrivals="closed",
        rate_rps=None,
        duration_s=seconds,
        connections=CONNECTIONS,
        seed=(1,),
        popularity="uniform",
        working_set_keys=WARM_USERS if read == "hit" else USERS,
        trace_share_ratio=1.0,
        key_start=0,
        users=USERS,
    )


DRIVERS: dict[str, Callable[[ExitStack, str, Path], Driver]] = {"wrk": wrk_driver, "worker": worker_driver}


# The measurement


def run(rounds: int, seconds: int, seed: int, driver: str) -> dict[str, Any]:
    """Measure everything and return the results."""
    rng = random.Random(seed)
    measured: dict[str, dict[str, list[Measured]]] = {read: {side: [] for side in SWITCHES} for read in READS}
    with both_sides(driver) as sides, ThreadPoolExecutor(len(sides)) as threads:
        for read in READS:
            measure(threads, sides, read, WARM_UP_S)
        for number in range(rounds):
            for read in rng.sample(list(READS), len(READS)):
                order = rng.sample(list(sides), len(sides))
                found = measure(threads, {name: sides[name] for name in order}, read, seconds)
                for name, each in found.items():
                    measured[read][name].append(each)
            click.echo(f"round {number + 1} of {rounds} done", err=True)
    return {
        "reads": {read: compare(pairs["on"], pairs["off"]) for read, pairs in measured.items()},
        "target_cost_ratio": TARGET_COST_RATIO,
        "driver": driver,
        "rounds": rounds,
        "seconds_a_round": seconds,
    }


def measure(threads: Executor, sides: dict[str, Side], read: str, seconds: int) -> dict[str, Measured]:
    """Drive both services at once, in a round of their own; they are started in the order given."""
    before_s = {name: cpu_s(side) for name, side in sides.items()}
    driving = {name: threads.submit(side.drive, read, seconds) for name, side in sides.items()}
    ended = {name: future.result() for name, future in driving.items()}
    return {
        name: Measured(rate_rps=answers / elapsed_s, cpu_s=(cpu_s(sides[name]) - before_s[name]) / answers)
        for name, (answers, elapsed_s) in ended.items()
    }


def cpu_s(side: Side) -> float:
    """Return the CPU time that a service has used so far.

    By the scheduler's own count, in nanoseconds (/proc/PID/task/TID/schedstat): ticks of a hundredth of a second
    are 2 % of what a round uses.
    """
    processes, leash_pid = read_processes(), side.service.process.leash_pid
    served = [] if processes is None or leash_pid is None else processes.below(leash_pid)
    if not served:
        raise click.ClickException("a service ended while it was measured, or this system does not tell CPU times")
    files = (file for process in served for file in Path(f"/proc/{process.pid}/task").glob("*/schedstat"))
    return sum(int(file.read_text().split()[0]) for file in files) / 1e9


def compare(on: list[Measured], off: list[Measured]) -> dict[str, Any]:
    """Return what headers cost, with its interval, and the figures behind it."""
    cpu = ratio_of([each.cpu_s for each in on], [each.cpu_s for each in off])
    low, high = cpu["interval_95"]
    return {
        "cost_ratio": 1 - 1 / cpu["ratio"],
        "cost_interval_95": [None if end is None else 1 - 1 / end for end in (low, high)],
        "cpu_s": cpu,
        "rate_rps": ratio_of([each.rate_rps for each in on], [each.rate_rps for each in off]),
    }


def ratio_of(on: list[float], off: list[float]) -> dict[str, Any]:
    """Return the ratio of the two over rounds, with its interval, and the rounds."""
    ratio = log_interval(np.array(on) / np.array(off))
    return {"ratio": ratio.value, "interval_95": [ratio.low, ratio.high], "on": on, "off": off}


def show(found: dict[str, Any]) -> None:
    """Print the results as a table."""
    print(
        f"\nServer-Timing on and off, {found['rounds']} rounds of {found['seconds_a_round']:g} s, "
        f"both driven at once by {found['driver']}\n"
    )
    print(f"{'':10}{'CPU a request, on / off':>26}   {'on over off':24} {'req/s, on / off':>16}   on over off")
    for read, result in found["reads"].items():
        cpu, rate = result["cpu_s"], result["rate_rps"]
        times = " / ".join(f"{1e6 * np.median(cpu[switch]):.1f}" for switch in SWITCHES) + " µs"
        rates = " / ".join(f"{np.median(rate[switch]):,.0f}" for switch in SWITCHES)
        print(f"{read:10}{times:>26}   {interval(cpu):24} {rates:>16}   {interval(rate)}")
    print("\ntimes and rates are medians; ratios are geometric means over rounds, with 95 % intervals")
    for read, result in found["reads"].items():
        low, high = result["cost_interval_95"]
        ends = "" if low is None else f" ({low:.1%} to {high:.1%})"
        target = f"{found['target_cost_ratio']:.0%}"
        print(
            f"cost of measuring, {read}: {result['cost_ratio']:.1%}{ends} of throughput; to reach: under {target}"
        )


def interval(found: dict[str, Any]) -> str:
    """Return a ratio with its interval as text."""
    low, high = found["interval_95"]
    return f"{found['ratio']:.3f}" + ("" if low is None else f" ({low:.3f} to {high:.3f})")


@click.command()
@click.option(
    "--rounds", type=click.IntRange(1), default=60, show_default=True, help="How often each read is measured."
)
@click.option("--seconds", type=click.IntRange(1, 20), default=1, show_default=True, help="Length of a round.")
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of the orders.")
@click.option(
    "--driver",
    type=click.Choice(list(DRIVERS)),
    default="wrk" if shutil.which("wrk") else "worker",
    show_default="wrk where it is installed",
    help="What drives: wrk, or the lab's generator.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object on standard output, and nothing else."
)
def main(rounds: int, seconds: int, seed: int, driver: str, as_json: bool) -> None:
    """Compare data-service with its Server-Timing headers and without."""
    found = run(rounds, seconds, seed, driver)
    if as_json:
        print(json.dumps(found))
    else:
        show(found)


if __name__ == "__main__":
    main()
