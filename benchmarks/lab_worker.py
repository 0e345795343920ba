"""Drives one worker of the lab, over its own protocol, as the lab does."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from lab.generator import Generator, running_generator
from loadtests.traffic import Leg
from loadtests.worker_settings import WorkerSettings

LEG = Leg(
    leg=0,
    operation="user",
    arm="cached",
    treatment="cached",
    phase="measure",
    block=0,
    arrivals="closed",
    rate_rps=None,
    duration_s=1.0,
    connections=8,
    seed=(1,),
    popularity="zipf:0.99",
    working_set_keys=10_000,
    trace_share_ratio=1.0,
    key_start=0,
    users=20_000,
)


@contextmanager
def running_worker(url: str, connections: int, folder: Path, epoch_ns: int) -> Iterator[Generator]:
    """Run a worker with so many connections; its samples go to `folder`."""
    settings = WorkerSettings(
        url=url, connections=connections, epoch_ns=epoch_ns, samples=str(folder / "worker-0.parquet")
    )
    with running_generator(settings, folder / "generator.log") as generator:
        yield generator


def closed_loop(number: int, connections: int, seconds: float) -> Leg:
    """Return a leg that sends as fast as answers come."""
    return replace(LEG, leg=number, connections=connections, duration_s=seconds, seed=(number,))


def open_loop(number: int, rate_rps: float, seconds: float, connections: int) -> Leg:
    """Return a leg at a constant rate."""
    return replace(
        LEG, leg=number, arrivals="constant", rate_rps=rate_rps, connections=connections, duration_s=seconds,
        seed=(number,),
    )  # fmt: skip
