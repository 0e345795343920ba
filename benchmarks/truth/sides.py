"""The two that are judged, each as it is used: the lab's worker with its sample file, and a plain Locust."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.truth.cases import Case
from benchmarks.truth.known_server import KnownServer, Log, python_environment
from benchmarks.truth.truths import Nanoseconds, begun_ns, due_ns, kept_ns
from lab.generator import Generator, running_generator
from loadtests.traffic import Leg
from loadtests.worker_settings import WorkerSettings

CONNECTIONS = 64
WARM_UP_S = 0.3
LOCUST_GRACE_S = 0.7  # for its users to begin, and for what is under way to end
KEYS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LabLeg:
    """What was true of a leg of the lab; its samples carry the same number.

    Attributes:
        leg: its number.
        case: of which case it is.
        epoch_ns: the zero point of its samples' times.
        log: what the server wrote down.
        due_ns: when each request was to be sent.
        begun_ns: from when its time truly counts.
    """

    leg: int
    case: Case
    epoch_ns: int
    log: Log
    due_ns: Nanoseconds
    begun_ns: Nanoseconds

    @property
    def truth_ns(self) -> Nanoseconds:
        """How long each request took."""
        return self.log[:, 1] - self.begun_ns

    @property
    def sent_late_ns(self) -> Nanoseconds:
        """How late each request reached the server by the lab's own fault."""
        return self.begun_ns - self.due_ns

    def seen_late_ns(self, samples: pd.DataFrame) -> NDArray[np.float64]:
        """Return how long after each answer was written the lab took it for done; requests in order of sending."""
        own = samples[samples["leg"] == self.leg]
        sent_s = own["intended_ns"].to_numpy() / 1e9 + own["lag_s"].to_numpy()
        done_s = own["done_s"].to_numpy()[np.argsort(sent_s, kind="stable")]
        return done_s * 1e9 - (self.log[:, 1] - self.epoch_ns)


class LabSide:
    """Runs legs in the lab's worker process."""

    def __init__(self, generator: Generator, epoch_ns: int, server: KnownServer) -> None:
        self._generator = generator
        self._epoch_ns = epoch_ns
        self._server = server
        self.legs: list[LabLeg] = []

    def warm_up(self) -> None:
        """Open all connections."""
        self._server.begin(0)
        self._send(_leg(0, None, (0,)))
        self._server.take()

    def run(self, case: Case, seed: int) -> None:
        """Run one leg and keep what was true of it."""
        number = len(self.legs) + 1
        order = _leg(number, case, (seed, number))
        self._server.begin(seed)
        with self._server.stalled(case.leg_s / 2, case.stall_s):
            started_ns = self._send(order)
        log = self._server.take()
        due = due_ns(case, order.seed, started_ns)
        if len(log) != len(due):
            raise RuntimeError(f"{case.name}: {len(due)} requests were due but the server answered {len(log)}")
        begun = begun_ns(log, due, case.connections)
        self.legs.append(
            LabLeg(leg=number, case=case, epoch_ns=self._epoch_ns, log=log, due_ns=due, begun_ns=begun)
        )

    def _send(self, leg: Leg) -> int:
        summary = self._generator.run(leg, lambda _: None)
        if set(summary.outcomes) != {"hit"}:
            raise RuntimeError(f"leg {leg.leg} did not end well: {summary.outcomes}")
        return summary.started_ns + self._epoch_ns


def _leg(number: int, case: Case | None, seed: tuple[int, ...]) -> Leg:
    """Return the leg of a case, or of the closed loop that warms up where there is none."""
    return Leg(
        leg=number,
        operation="user",
        arm="cached",
        treatment="cached",
        phase="measure" if case else "warmup",
        block=number,
        arrivals=case.arrivals if case else "closed",
        rate_rps=case.rate_rps if case else None,
        duration_s=case.leg_s if case else WARM_UP_S,
        connections=case.connections if case else CONNECTIONS,
        seed=seed,
        popularity="uniform",
        working_set_keys=KEYS,
        trace_share_ratio=1.0,
        key_start=0,
        users=KEYS,
    )


@contextmanager
def running_lab(server: KnownServer, folder: Path) -> Iterator[LabSide]:
    """Start the lab's worker, its connections open, and end it; then the samples under `folder` are whole."""
    epoch_ns = time.monotonic_ns()
    samples = folder / "samples" / "worker-0.parquet"
    settings = WorkerSettings(url=server.url, connections=CONNECTIONS, epoch_ns=epoch_ns, samples=str(samples))
    with running_generator(settings, folder / "worker.log") as generator:
        side = LabSide(generator, epoch_ns, server)
        side.warm_up()
        yield side


class LocustSide:
    """Runs legs in a Locust process, to which `orders` and from which `answers` lead."""

    def __init__(self, orders: IO[str], answers: IO[str], server: KnownServer) -> None:
        self._orders = orders
        self._answers = answers
        self._server = server
        self.said: dict[str, dict[str, Any]] = {}
        self.kept: dict[str, list[Nanoseconds]] = {}

    def run(self, case: Case, seed: int) -> None:
        """Run one leg; keep Locust's statistics of the case so far, and how long the server kept its requests."""
        order = {
            "name": case.name,
            "arrivals": case.arrivals,
            "rate_rps": case.rate_rps,
            "users": case.connections,
            "duration_s": case.leg_s,
            "grace_s": LOCUST_GRACE_S,
        }
        self._server.begin(seed)
        with self._server.stalled(case.leg_s / 2, case.stall_s):
            self.said[case.name] = self._ask(order)
        self.kept.setdefault(case.name, []).append(kept_ns(self._server.take()))

    def _ask(self, order: dict[str, Any]) -> dict[str, Any]:
        self._orders.write(json.dumps(order) + "\n")
        self._orders.flush()
        answer = self._answers.readline()
        if not answer:
            raise RuntimeError(f"Locust ended in the case {order['name']}; its last words are above")
        said: dict[str, Any] = json.loads(answer)
        if said["failures"]:
            raise RuntimeError(f"Locust had {said['failures']} failures in the case {order['name']}")
        return said


@contextmanager
def running_locust(server: KnownServer) -> Iterator[LocustSide]:
    """Start a Locust process and end it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.truth.plain_locust", server.url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=python_environment(),
    )
    orders, answers = cast("IO[str]", process.stdin), cast("IO[str]", process.stdout)
    with process, orders:
        yield LocustSide(orders, answers, server)
