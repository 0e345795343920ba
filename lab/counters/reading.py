"""All that had been counted at one moment, and what was counted between two of them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from lab.counters.cpu import CpuTimes
from lab.counters.host import HostCounters, HostUse, host_use
from lab.counters.postgresql import PostgresqlCounters
from lab.counters.redis import RedisCounters, RedisReading


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """What was counted between two readings.

    Attributes:
        redis: None where it may not be asked; likewise `postgresql`.
        cpu_s: seconds by role; None where they cannot be known.
        host: what the machine that the lab runs on did.
        foreign_cpu_s: what others than the experiment used of it.
        cores_by_role: on which cores a role's processes may run, and did.
        reading_s: how long the second reading took.
    """

    redis: RedisCounters | None
    postgresql: PostgresqlCounters | None
    cpu_s: Mapping[str, float | None]
    host: HostUse
    foreign_cpu_s: float | None
    cores_by_role: Mapping[str, list[int] | None]
    reading_s: float

    def to_json(self) -> dict[str, Any]:
        """Return the fields as JSON values."""
        return {
            "redis": None if self.redis is None else asdict(self.redis),
            "postgresql": None if self.postgresql is None else asdict(self.postgresql),
            "cpu_s": dict(self.cpu_s),
            "host": {
                **self.host.to_json(),
                "foreign_cpu_s": self.foreign_cpu_s,
                "cores_by_role": dict(self.cores_by_role),
                "reading_s": self.reading_s,
            },
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the servers and the host had counted at one moment; fields as above."""

    redis: RedisReading | None
    postgresql: PostgresqlCounters | None
    cpu: CpuTimes
    host: HostCounters
    reading_s: float

    def since(self, earlier: "Reading") -> Counters:
        """Return what was counted after `earlier`; unknown stays unknown."""
        cpu, host = self.cpu.since(earlier.cpu), host_use(self.host, earlier.host)
        redis, postgresql = None, None
        if self.redis is not None and earlier.redis is not None:
            redis = self.redis.since(earlier.redis)
        if self.postgresql is not None and earlier.postgresql is not None:
            postgresql = self.postgresql.since(earlier.postgresql)
        return Counters(
            redis=redis,
            postgresql=postgresql,
            cpu_s=cpu.by_role,
            host=host,
            foreign_cpu_s=cpu.foreign_s(host),
            cores_by_role=cpu.cores_by_role,
            reading_s=self.reading_s,
        )
