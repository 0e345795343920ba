"""What ``run.json`` says: what was asked of a run, and where and when it took place.

Keys that are not known here are left alone: a run may say more than this version reads.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from analysis.capacity_plan import CapacityPlan, parse_capacity
from analysis.freshness_plan import FreshnessPlan, parse_freshness
from analysis.legs import Leg, parse_leg
from analysis.self_test import AaPlan, CalibrationPlan, StoppedBy, parse_aa, parse_calibration, parse_stopped_by
from analysis.sizing_plan import SizingPlan, parse_sizing

SCHEMA = 1

Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RampStep:
    """What an arm achieved with so many connections, closed loop."""

    connections: int
    achieved_rps: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmUp:
    """Whether and when the hit ratio settled, in seconds from the first warm-up request."""

    settled: bool
    settled_after_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """One read under measurement: its keys, its cache, and the rate it was offered.

    ``ramp`` and ``capacity_rps`` are the uncached arm's; those of the cached arm are unknown where not asked.
    """

    operation: str
    route: str
    offered_rate_rps: float
    working_set_keys: int | None = None
    trace_share_ratio: float | None = None
    cache_entries_planned: int | None = None
    cache_entries_held: int | None = None
    entry_bytes: float | None = None
    maxmemory_bytes: int | None = None
    ramp: tuple[RampStep, ...] = ()
    capacity_rps: float | None = None
    warm_up: WarmUp | None = None
    stopping: StoppedBy | None = None
    cached_ramp: tuple[RampStep, ...] = ()
    cached_capacity_rps: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A program that really ran, and its version."""

    role: str
    name: str
    version: str
    detail: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Where it ran."""

    cpu: str
    cores: int
    memory_bytes: int
    system: str
    python: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The whole of ``run.json``; ``parameters`` and ``dataset`` are kept as they stand."""

    experiment: str
    run_id: str
    profile: str | None
    started_at: str
    finished_at: str | None
    lab_version: str
    seed: int | None
    command: str | None
    parameters: Entry
    stack_kind: str
    servers: tuple[Server, ...]
    machine: Machine
    dataset: Entry
    reads: tuple[Read, ...]
    legs: tuple[Leg, ...]
    calibration: CalibrationPlan | None = None
    aa: AaPlan | None = None
    capacity: tuple[CapacityPlan, ...] = ()
    sizing: tuple[SizingPlan, ...] = ()
    freshness: tuple[FreshnessPlan, ...] = ()


def parse_manifest(entry: Entry) -> Manifest:
    """Turn the parsed JSON into a manifest.

    Raises:
        KeyError: A key is missing.
        TypeError, ValueError: A value is not of its kind, or the schema is not the one read here.
    """
    if entry["schema"] != SCHEMA:
        raise ValueError(f"its schema is {entry['schema']}, this version reads {SCHEMA}")
    return Manifest(
        experiment=str(entry["experiment"]),
        run_id=str(entry["run_id"]),
        profile=entry.get("profile"),
        started_at=str(entry["started_at"]),
        finished_at=entry.get("finished_at"),
        lab_version=str(entry["lab_version"]),
        seed=entry.get("seed"),
        command=entry.get("command"),
        parameters=dict(entry["parameters"]),
        stack_kind=str(entry["stack"]["kind"]),
        servers=tuple(_server(server) for server in entry["stack"]["servers"]),
        machine=_machine(entry["machine"]),
        dataset=dict(entry.get("dataset") or {}),
        reads=tuple(_read(read) for read in entry["reads"]),
        legs=tuple(parse_leg(leg) for leg in entry["legs"]),
        calibration=parse_calibration(entry.get("calibration")),
        aa=parse_aa(entry.get("aa")),
        capacity=parse_capacity(entry.get("capacity")),
        sizing=parse_sizing(entry.get("sizing")),
        freshness=parse_freshness(entry.get("freshness")),
    )


def _server(entry: Entry) -> Server:
    return Server(
        role=str(entry["role"]),
        name=str(entry["name"]),
        version=str(entry["version"]),
        detail=entry.get("detail"),
    )


def _machine(entry: Entry) -> Machine:
    return Machine(
        cpu=str(entry["cpu"]),
        cores=int(entry["cores"]),
        memory_bytes=int(entry["memory_bytes"]),
        system=str(entry["system"]),
        python=str(entry["python"]),
    )


def _read(entry: Entry) -> Read:
    return Read(
        operation=str(entry["operation"]),
        route=str(entry["route"]),
        working_set_keys=entry.get("working_set_keys"),
        trace_share_ratio=entry.get("trace_share_ratio"),
        cache_entries_planned=entry.get("cache_entries_planned"),
        cache_entries_held=entry.get("cache_entries_held"),
        entry_bytes=entry.get("entry_bytes"),
        maxmemory_bytes=entry.get("maxmemory_bytes"),
        ramp=_ramp(entry.get("ramp")),
        capacity_rps=entry.get("capacity_rps"),
        offered_rate_rps=float(entry["offered_rate_rps"]),
        warm_up=_warm_up(entry.get("warm_up")),
        stopping=parse_stopped_by(entry.get("stopping")),
        cached_ramp=_ramp(entry.get("cached_ramp")),
        cached_capacity_rps=entry.get("cached_capacity_rps"),
    )


def _ramp(steps: Sequence[Entry] | None) -> tuple[RampStep, ...]:
    return tuple(
        RampStep(connections=int(step["connections"]), achieved_rps=float(step["achieved_rps"]))
        for step in steps or ()
    )


def _warm_up(entry: Entry | None) -> WarmUp | None:
    if entry is None:
        return None
    return WarmUp(settled=bool(entry["settled"]), settled_after_s=entry.get("settled_after_s"))
