"""What ``run.json`` says: what was asked of a run, and where and when it took place.

Keys that are not known here are left alone: a run may say more than this version reads.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from analysis.self_test import AaPlan, CalibrationPlan, StoppedBy, parse_aa, parse_calibration, parse_stopped_by

SCHEMA = 1

Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisCounters:
    """Differences of Redis's counters over a leg."""

    keyspace_hits: int
    keyspace_misses: int
    evicted_keys: int | None = None
    expired_keys: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresqlCounters:
    """Differences of pg_stat_statements over a leg, for the statement of this read alone."""

    calls: int
    exec_time_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """What the servers counted during a leg; None where the stack gives no access to them."""

    redis: RedisCounters | None
    postgresql: PostgresqlCounters | None
    cpu_s: Mapping[str, float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One stretch of traffic at one arm. Times count from the same zero as the samples'."""

    leg: int
    operation: str
    phase: str
    arm: str
    block: int | None
    position: int | None
    started_ns: int
    ended_ns: int
    offered_rate_rps: float | None
    requests: int
    counters: Counters | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RampStep:
    """What the uncached arm achieved with so many connections, closed loop."""

    connections: int
    achieved_rps: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmUp:
    """Whether and when the hit ratio settled, in seconds from the first warm-up request."""

    settled: bool
    settled_after_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """One read under measurement: its keys, its cache, and the rate it was offered."""

    operation: str
    route: str
    working_set_keys: int | None
    trace_share_ratio: float | None
    cache_entries_planned: int | None
    cache_entries_held: int | None
    entry_bytes: float | None
    maxmemory_bytes: int | None
    ramp: tuple[RampStep, ...]
    capacity_rps: float | None
    offered_rate_rps: float
    warm_up: WarmUp | None
    stopping: StoppedBy | None = None


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
        legs=tuple(_leg(leg) for leg in entry["legs"]),
        calibration=parse_calibration(entry.get("calibration")),
        aa=parse_aa(entry.get("aa")),
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
        ramp=tuple(
            RampStep(connections=int(step["connections"]), achieved_rps=float(step["achieved_rps"]))
            for step in entry.get("ramp") or ()
        ),
        capacity_rps=entry.get("capacity_rps"),
        offered_rate_rps=float(entry["offered_rate_rps"]),
        warm_up=_warm_up(entry.get("warm_up")),
        stopping=parse_stopped_by(entry.get("stopping")),
    )


def _warm_up(entry: Entry | None) -> WarmUp | None:
    if entry is None:
        return None
    return WarmUp(settled=bool(entry["settled"]), settled_after_s=entry.get("settled_after_s"))


def _leg(entry: Entry) -> Leg:
    return Leg(
        leg=int(entry["leg"]),
        operation=str(entry["operation"]),
        phase=str(entry["phase"]),
        arm=str(entry["arm"]),
        block=entry.get("block"),
        position=entry.get("position"),
        started_ns=int(entry["started_ns"]),
        ended_ns=int(entry["ended_ns"]),
        offered_rate_rps=entry.get("offered_rate_rps"),
        requests=int(entry["requests"]),
        counters=_counters(entry.get("counters")),
    )


def _counters(entry: Entry | None) -> Counters | None:
    if entry is None:
        return None
    redis, postgresql = entry.get("redis"), entry.get("postgresql")
    return Counters(
        redis=None if redis is None else _redis(redis),
        postgresql=None if postgresql is None else _postgresql(postgresql),
        cpu_s=dict(entry.get("cpu_s") or {}),
    )


def _redis(entry: Entry) -> RedisCounters:
    return RedisCounters(
        keyspace_hits=int(entry["keyspace_hits"]),
        keyspace_misses=int(entry["keyspace_misses"]),
        evicted_keys=entry.get("evicted_keys"),
        expired_keys=entry.get("expired_keys"),
    )


def _postgresql(entry: Entry) -> PostgresqlCounters:
    return PostgresqlCounters(calls=int(entry["calls"]), exec_time_ms=float(entry["exec_time_ms"]))
