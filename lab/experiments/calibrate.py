"""Calibration: what the lab itself adds to a time, and how small a difference it can tell.

The generator meets a server of the lab's own that answers at once, under two names that mean the same. The
response times are the floor of every other, the lateness is the generator's own, and the difference between the
two names is one that is not there.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from lab.experiments.conductor import Conductor
from lab.experiments.leg_book import LegBook
from lab.experiments.load_plan import CALIBRATE, LoadPlan
from lab.generator import Generator, running_generator
from lab.server_process import ServerProcess
from lab.stacks.ports import LOOPBACK, accepts_connections, free_port
from loadtests.arrivals import ArrivalKind
from loadtests.traffic import Leg

ARMS = ("a", "b")
OPERATION = "user"
TURN_S = 0.25
OPENING_S = 0.1
READY_TIMEOUT_S = 10.0
SETTLING_S = 2.0  # a generator process to start, and to end
KEYS_ASKED_FOR = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationPlan:
    """What is sent at the instant server.

    Attributes:
        seed: of arrivals and of the order of turns.
        rate_rps: offered rate.
        blocks: each has a turn of either arm, with the same arrivals.
        connections: how many are used.
        arrivals: poisson or constant.
    """

    seed: int
    rate_rps: float = 1_000.0
    blocks: int = 6
    connections: int = 8
    arrivals: ArrivalKind = "poisson"

    def seconds(self) -> float:
        """Return about how long it takes."""
        return SETTLING_S + OPENING_S + len(ARMS) * self.blocks * TURN_S


class Calibrate:
    """Measures the floor with a generator of its own, beside whatever else is there."""

    def __init__(self, plan: CalibrationPlan, book: LegBook) -> None:
        self._plan = plan
        self._book = book
        self._order = np.random.default_rng((plan.seed, CALIBRATE))

    def run(self) -> None:
        self._book.progress.step("calibration against a server that answers at once")
        with instant_server(self._book.folder / "instant-server.log") as url:
            settings = replace(
                self._book.settings,
                url=url,
                connections=self._plan.connections,
                samples=str(self._book.folder / "samples" / "calibration-0.parquet"),
            )
            log = self._book.folder / "calibration-generator.log"
            with running_generator(settings, log) as generator:
                self._open_connections(generator)
                for block in range(self._plan.blocks):
                    for turn, arm in enumerate(self._order.permutation(ARMS)):
                        self._send(generator, self._leg(str(arm), block), turn)

    def to_json(self) -> dict[str, Any]:
        plan = self._plan
        return {
            "calibration": {
                "rate_rps": plan.rate_rps,
                "blocks": plan.blocks,
                "connections": plan.connections,
                "arrivals": plan.arrivals,
            }
        }

    def _open_connections(self, generator: Generator) -> None:
        """Connect before the first block: what it takes is no part of a request that follows others."""
        leg = replace(self._leg(ARMS[0], 0), phase="ramp", block=None, arrivals="closed", rate_rps=None)
        self._send(generator, replace(leg, duration_s=OPENING_S), 0)

    def _send(self, generator: Generator, leg: Leg, turn: int) -> None:
        numbered = replace(leg, leg=self._book.next_number)
        summary = generator.run(numbered, self._book.progress.leg)
        self._book.note(numbered, summary, position=turn, counters=None)

    def _leg(self, arm: str, block: int) -> Leg:
        plan = self._plan
        return Leg(
            leg=0,
            operation=OPERATION,
            arm=arm,
            treatment="cached",
            phase="calibrate",
            block=block,
            arrivals=plan.arrivals,
            rate_rps=plan.rate_rps,
            duration_s=TURN_S,
            connections=plan.connections,
            seed=(plan.seed, 0, CALIBRATE, block),
            popularity="uniform",
            working_set_keys=KEYS_ASKED_FOR,
            trace_share_ratio=1.0,
            key_start=0,
            users=KEYS_ASKED_FOR,
        )


def calibrate_as_part(load: LoadPlan, conductor: Conductor) -> Calibrate:
    """Return the calibration that goes with a run: its seed, its kind of arrivals (of a trace's own, Poisson)."""
    arrivals = "poisson" if load.workload.arrivals == "trace" else load.workload.arrivals
    return Calibrate(CalibrationPlan(seed=load.seed, arrivals=arrivals), conductor)


@contextmanager
def instant_server(log: Path) -> Iterator[str]:
    """Start the server that answers at once, yield its URL, and end it."""
    port = free_port()
    server = ServerProcess(
        name="the lab's instant server",
        command=[sys.executable, "-P", "-m", "lab.calibration.instant_server", str(port)],
        log=log,
    )
    server.start()
    try:
        server.wait_until(lambda: accepts_connections(port), READY_TIMEOUT_S)
        yield f"http://{LOOPBACK}:{port}"
    finally:
        server.stop()
