"""A leg as run.json tells it: one stretch of traffic at one arm, and what its generator's processes say."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from analysis.counters import Counters, parse_counters

Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """One process of the generator, by its own word: differences over the leg.

    Attributes:
        worker: Its number.
        cpu_s: CPU time used.
        run_delay_s: Time in which it could run and waited for a core.
        gc_pause_s: The longest single pause of its garbage collector.
        gc_collections: How many there were.
        open_files: Descriptors open at the leg's end.
        open_files_limit: How many it may open.
        connects: Connections opened.
        cores: Cores that it may run on; empty where it does not say.
    """

    worker: int
    cpu_s: float | None = None
    run_delay_s: float | None = None
    gc_pause_s: float | None = None
    gc_collections: int | None = None
    open_files: int | None = None
    open_files_limit: int | None = None
    connects: int | None = None
    cores: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One stretch of traffic at one arm. Times count from the same zero as the samples'.

    ``arm`` is the label, ``treatment`` what was really sent: the two differ where both arms are the same.
    ``response_s`` holds the workers' own statistics of the response time, None where refused or infinite.
    ``requests`` counts reads, ``writes`` what was written beside them, at ``write_rate_rps``; None where no writes
    were asked for.
    """

    leg: int
    operation: str
    phase: str
    arm: str
    treatment: str
    block: int | None
    position: int | None
    started_ns: int
    ended_ns: int
    offered_rate_rps: float | None
    requests: int
    counters: Counters | None
    workers: tuple[Worker, ...] = ()
    lost_workers: int | None = None
    response_s: Mapping[str, float | None] | None = None
    write_rate_rps: float | None = None
    writes: int | None = None

    @property
    def seconds(self) -> float:
        """How long it took."""
        return (self.ended_ns - self.started_ns) / 1e9


def parse_leg(entry: Entry) -> Leg:
    """Turn one entry of ``legs`` into a leg.

    Raises:
        KeyError: A key is missing that every version writes.
        TypeError, ValueError: A value is not of its kind.
    """
    return Leg(
        leg=int(entry["leg"]),
        operation=str(entry["operation"]),
        phase=str(entry["phase"]),
        arm=str(entry["arm"]),
        treatment=str(entry.get("treatment") or entry["arm"]),
        block=entry.get("block"),
        position=entry.get("position"),
        started_ns=int(entry["started_ns"]),
        ended_ns=int(entry["ended_ns"]),
        offered_rate_rps=entry.get("offered_rate_rps"),
        requests=int(entry["requests"]),
        counters=parse_counters(entry.get("counters")),
        workers=tuple(_worker(worker) for worker in entry.get("workers") or ()),
        lost_workers=entry.get("lost_workers"),
        response_s=entry.get("response_s"),
        write_rate_rps=entry.get("write_rate_rps"),
        writes=entry.get("writes"),
    )


def _worker(entry: Entry) -> Worker:
    return Worker(
        worker=int(entry["worker"]),
        cpu_s=entry.get("cpu_s"),
        run_delay_s=entry.get("run_delay_s"),
        gc_pause_s=entry.get("gc_pause_s"),
        gc_collections=entry.get("gc_collections"),
        open_files=entry.get("open_files"),
        open_files_limit=entry.get("open_files_limit"),
        connects=entry.get("connects"),
        cores=tuple(entry.get("cores") or ()),
    )
