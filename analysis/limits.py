"""What limited an arm at some rate: the processors, one server's processes or threads, PostgreSQL, or nothing."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd

from analysis.estimates import Estimate, over_blocks
from analysis.intervals import Values, amount_interval, share_interval
from analysis.legs import Leg
from analysis.manifest import Manifest
from analysis.thresholds import BUSY_RATIO, WORKER_CPU_RATIO

GENERATOR, DATA_SERVICE, REDIS, POSTGRESQL = "generator", "data-service", "redis", "postgresql"
OTHERS = "other programs"
UNCOUNTED = "this stack gives no such counter"

_WORKERS_AND_THREADS = re.compile(r"(\d+) workers? × (\d+) threads?")


class Limit(StrEnum):
    """What was at its limit; several may be, and the first of this order explains the others."""

    GENERATOR = "generator"
    REDIS = "redis"
    DATA_SERVICE = "data-service"
    PROCESSORS = "processors"
    POSTGRESQL = "postgresql"
    THREADS = "threads"
    NONE = "none"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """How many processes the data-service has, and threads in all of them; None where it does not say."""

    workers: int | None = None
    threads: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What the parts of the system did while an arm was offered one rate. Shares are from 0 to 1.

    Attributes:
        rate_rps: The rate offered.
        cores: Cores of the machine.
        cpu_ratio: From role to its CPU time, as a share of the time of all cores.
        own_cpu_ratio: From role to the same as a share of what it may use: cores it may run on, or fewer where it
            has fewer processes than that (Redis: one thread; the generator: one a process).
        machine_ratio: The sum of ``cpu_ratio``.
        pressure_ratio: Share of the time in which something that could run waited for a core.
        threads_taken: Threads of the service at work on average: by Little's law, the time that requests spent in
            it over the time that passed.
        queue_s: Mean wait from being sent to the start of the service's work; its value is None where the clocks
            differ.
        statements: Statements of this read that PostgreSQL had at work on average, by the same law.
    """

    rate_rps: float
    cores: int
    pool: Pool
    cpu_ratio: Mapping[str, Estimate]
    own_cpu_ratio: Mapping[str, Estimate]
    machine_ratio: Estimate
    pressure_ratio: Estimate
    threads_taken: Estimate
    queue_s: Estimate
    statements: Estimate

    @property
    def limit(self) -> Limit:
        """What was at its limit."""
        return next((limit for limit, share in self._shares() if _reached(limit, share)), self._none())

    def _shares(self) -> Sequence[tuple[Limit, float | None]]:
        own = {role: found.value for role, found in self.own_cpu_ratio.items()}
        statements, taken = self.statements.value, self.threads_taken.value
        return (
            (Limit.GENERATOR, own.get(GENERATOR)),
            (Limit.REDIS, own.get(REDIS)),
            (Limit.DATA_SERVICE, own.get(DATA_SERVICE)),
            (Limit.PROCESSORS, self.machine_ratio.value),
            (Limit.POSTGRESQL, None if statements is None else statements / self.cores),
            (Limit.THREADS, taken / self.pool.threads if taken is not None and self.pool.threads else None),
        )

    def _none(self) -> Limit:
        return Limit.UNKNOWN if self.machine_ratio.value is None else Limit.NONE


def measure_load(manifest: Manifest, legs: Sequence[Leg], samples: pd.DataFrame, rate_rps: float) -> Load:
    """Find out what the parts of the system did during some legs, one a block, at one rate of one arm.

    Args:
        manifest: Says how many cores and processes there are.
        legs: The legs.
        samples: Their samples, with the columns app_ns, app_started_ns and sent_ns.
        rate_rps: The rate that they were offered.

    References:
        Little, A proof for the queuing formula L = λW, Operations Research 9 (1961).
    """
    pool, cores = _pool(manifest), manifest.machine.cores
    by_leg = dict(iter(samples.groupby("leg")))
    parts = [by_leg.get(leg.leg, samples.iloc[:0]) for leg in legs]
    cpu_s = [_cpu_s(leg) for leg in legs]
    roles = [*dict.fromkeys(role for each in cpu_s for role in each)]

    def share(values: list[float]) -> Estimate:
        return _over(values, "ratio", len(samples), UNCOUNTED)

    return Load(
        rate_rps=rate_rps,
        cores=cores,
        pool=pool,
        cpu_ratio={role: share(_cpu_ratios(legs, cpu_s, role, [cores] * len(legs))) for role in roles},
        own_cpu_ratio={
            role: share(_cpu_ratios(legs, cpu_s, role, [_most(leg, role, cores, pool) for leg in legs]))
            for role in roles
            if role != OTHERS
        },
        machine_ratio=share(
            [sum(each.values()) / (leg.seconds * cores) if each else math.nan for leg, each in _pairs(legs, cpu_s)]
        ),
        pressure_ratio=share([_pressure_ratio(leg) for leg in legs]),
        threads_taken=_over(
            [_total_s(part["app_ns"]) / leg.seconds for leg, part in zip(legs, parts, strict=True)],
            "threads",
            len(samples),
            "the service does not say how long it took",
        ),
        queue_s=_over(
            [_queue_s(part) for part in parts], "s", len(samples), "the service does not say when it began"
        ),
        statements=_over([_statements(leg) for leg in legs], "statements", len(samples), UNCOUNTED),
    )


def _pool(manifest: Manifest) -> Pool:
    details = [server.detail or "" for server in manifest.servers if server.role == DATA_SERVICE]
    found = _WORKERS_AND_THREADS.search(" ".join(details))
    return Pool() if found is None else Pool(workers=int(found[1]), threads=int(found[1]) * int(found[2]))


def _pairs(legs: Sequence[Leg], cpu_s: list[dict[str, float]]) -> "zip[tuple[Leg, dict[str, float]]]":
    return zip(legs, cpu_s, strict=True)


def _cpu_s(leg: Leg) -> dict[str, float]:
    """Return the CPU time of each role of a leg in which every role's is known; nothing else can be summed."""
    if leg.counters is None or not leg.counters.cpu_s:
        return {}
    cpu_s = dict(leg.counters.cpu_s)
    workers = [worker.cpu_s for worker in leg.workers]
    if workers and None not in workers:
        # The generator's own count is of the leg alone, without the making of its schedule before.
        cpu_s[GENERATOR] = sum(each for each in workers if each is not None)
    host = leg.counters.host
    if host is not None and host.foreign_cpu_s is not None:
        cpu_s[OTHERS] = max(0.0, host.foreign_cpu_s)
    known = {role: each for role, each in cpu_s.items() if each is not None}
    return known if len(known) == len(cpu_s) else {}


def _cpu_ratios(
    legs: Sequence[Leg], cpu_s: list[dict[str, float]], role: str, most: Sequence[float]
) -> list[float]:
    return [
        each.get(role, math.nan) / (leg.seconds * cores)
        for (leg, each), cores in zip(_pairs(legs, cpu_s), most, strict=True)
    ]


def _most(leg: Leg, role: str, cores: int, pool: Pool) -> float:
    """Return how many cores' time a role can use."""
    processes = {REDIS: 1, GENERATOR: max(1, len(leg.workers)), DATA_SERVICE: pool.workers}.get(role)
    host = None if leg.counters is None else leg.counters.host
    allowed = len(host.cores_by_role.get(role, ())) if host is not None else 0
    return min(filter(None, (processes, allowed or cores)))


def _total_s(nanoseconds: pd.Series) -> float:
    known = nanoseconds.dropna()
    return float(known.sum()) / 1e9 if len(known) else math.nan


def _queue_s(samples: pd.DataFrame) -> float:
    """Return the mean wait; NaN where a clock that differs from the generator's would have work begin early."""
    waits_s = (samples["app_started_ns"] - samples["sent_ns"]).dropna().to_numpy(dtype=np.float64) / 1e9
    return float(waits_s.mean()) if waits_s.size and waits_s.min() >= 0 else math.nan


def _pressure_ratio(leg: Leg) -> float:
    host = None if leg.counters is None else leg.counters.host
    if host is None or host.pressure_s is None or not host.seconds:
        return math.nan
    return host.pressure_s / host.seconds


def _statements(leg: Leg) -> float:
    postgresql = None if leg.counters is None else leg.counters.postgresql
    if postgresql is None or postgresql.exec_time_ms is None:
        return math.nan
    return postgresql.exec_time_ms / 1e3 / leg.seconds


def _over(values: list[float], unit: str, count: int, lacking: str) -> Estimate:
    interval = share_interval if unit == "ratio" else amount_interval
    column: Values = np.array(values, dtype=np.float64)
    return over_blocks(column, interval=interval, unit=unit, count=count, lacking=lacking)


def _reached(limit: Limit, share: float | None) -> bool:
    return share is not None and share >= (WORKER_CPU_RATIO if limit is Limit.GENERATOR else BUSY_RATIO)
