"""Locust as its users have it, `python -m benchmarks.truth.plain_locust URL`: FastHttpUser and its own statistics.

It reads one JSON object a line, each a leg, and answers each with one line: requests and percentiles of all legs
of that name so far, as Locust's table has them. Nothing of Locust is changed and nothing of the lab is imported.
"""

import itertools
import json
import sys
import time
from typing import Any, cast

import gevent
from gevent.event import Event
from gevent.fileobject import FileObject
from locust import FastHttpUser, constant_throughput, poisson, task
from locust.env import Environment
from locust.runners import LocalRunner
from locust.stats import StatsEntry

PERCENTILES = {"p50": 0.5, "p99": 0.99, "p99.9": 0.999}


class PlainUser(FastHttpUser):
    """Asks at its share of the rate; users start evenly apart, so that together they are evenly spaced."""

    name = ""
    rate_rps = 1.0
    ends_s = 0.0
    numbers = itertools.count()

    def on_start(self) -> None:
        """Open the connection, whose set-up is not to be in the statistics, and wait for the turn."""
        self.client.get("/warm-up", name="warm-up")
        gevent.sleep(next(self.numbers) / self.rate_rps)
        # constant_throughput counts from when the user was made, which is one moment for all: they would fall
        # into step, and their bursts would be measured.
        self._cp_last_run = time.perf_counter()

    @task
    def ask(self) -> None:
        """Send one request; after the end send nothing, but let what is under way end."""
        if time.monotonic() > self.ends_s:
            Event().wait()
        self.client.get(f"/locust/{self.name}", name=self.name)


def run(environment: Environment, leg: dict[str, Any]) -> StatsEntry:
    """Run one leg and return Locust's statistics of it, which the next leg would clear."""
    PlainUser.name, PlainUser.rate_rps = leg["name"], leg["rate_rps"]
    PlainUser.numbers = itertools.count()
    each_rps = leg["rate_rps"] / leg["users"]
    if leg["arrivals"] == "constant":
        PlainUser.wait_time = constant_throughput(each_rps)
    else:
        PlainUser.wait_time = poisson(each_rps)
    PlainUser.ends_s = time.monotonic() + leg["duration_s"]
    runner = cast("LocalRunner", environment.runner)
    runner.start(leg["users"], spawn_rate=leg["users"])
    gevent.sleep(leg["duration_s"] + leg["grace_s"])
    runner.stop()
    return environment.stats.get(leg["name"], "GET")


def describe(entry: StatsEntry) -> dict[str, Any]:
    """Return what Locust would print of an entry."""
    percentiles_ms = {name: entry.get_response_time_percentile(share) for name, share in PERCENTILES.items()}
    return {"requests": entry.num_requests, "failures": entry.num_failures, "percentiles_ms": percentiles_ms}


def main() -> None:
    """Serve until standard input ends."""
    environment = Environment(user_classes=[PlainUser], host=sys.argv[1])
    environment.create_local_runner()
    pooled: dict[str, StatsEntry] = {}
    for line in FileObject(sys.stdin.buffer, "rb"):
        leg = json.loads(line)
        # As Locust's master adds up what its workers send.
        total = pooled.setdefault(leg["name"], StatsEntry(environment.stats, leg["name"], "GET"))
        total.extend(run(environment, leg))
        sys.stdout.write(json.dumps(describe(total)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
