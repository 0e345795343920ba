"""What the servers and the machine counted during one leg, as run.json tells it: differences, unless said."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisCounters:
    """Redis's own; ``commands`` goes from the name of a command, as commandstats has it, to its calls.

    The two memory figures are those at the leg's end; a ``maxmemory_bytes`` of 0 is no limit.
    """

    keyspace_hits: int | None = None
    keyspace_misses: int | None = None
    evicted_keys: int | None = None
    expired_keys: int | None = None
    rejected_connections: int | None = None
    total_forks: int | None = None
    used_memory_bytes: int | None = None
    maxmemory_bytes: int | None = None
    commands: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresqlCounters:
    """PostgreSQL's own: ``calls`` and ``exec_time_ms`` of the statement of this read, ``other_`` of all others.

    ``write_`` is of the writes beside the read, which are then not among the others; None where nobody told them
    apart. The lab's own statements are in none of these. The connections are those at the leg's end.
    """

    calls: int | None = None
    exec_time_ms: float | None = None
    other_calls: int | None = None
    other_exec_time_ms: float | None = None
    write_calls: int | None = None
    write_exec_time_ms: float | None = None
    blocks_hit: int | None = None
    blocks_read: int | None = None
    checkpoints: int | None = None
    autovacuums: int | None = None
    connections: int | None = None
    connections_limit: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HostCounters:
    """The machine's own, over ``seconds``; ``cores_by_role`` says on which cores each role may run.

    CPU times are sums over all cores; ``pressure_s`` is the time in which something runnable waited for a core.
    """

    seconds: float | None = None
    cores: int | None = None
    busy_s: float | None = None
    steal_s: float | None = None
    pressure_s: float | None = None
    throttled_s: float | None = None
    swapped_pages: int | None = None
    foreign_cpu_s: float | None = None
    governor: str | None = None
    cores_by_role: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """What was counted during a leg; None where nobody could ask."""

    redis: RedisCounters | None
    postgresql: PostgresqlCounters | None
    cpu_s: Mapping[str, float | None]
    host: HostCounters | None = None


def parse_counters(entry: Entry | None) -> Counters | None:
    """Turn the ``counters`` of a leg into values; keys that are not known here are left alone."""
    if entry is None:
        return None
    redis, postgresql, host = (entry.get(name) for name in ("redis", "postgresql", "host"))
    return Counters(
        redis=None if redis is None else RedisCounters(**_known(RedisCounters, redis)),
        postgresql=None if postgresql is None else PostgresqlCounters(**_known(PostgresqlCounters, postgresql)),
        cpu_s=dict(entry.get("cpu_s") or {}),
        host=None if host is None else _host(host),
    )


def _host(entry: Entry) -> HostCounters:
    known = _known(HostCounters, entry)
    roles = known.pop("cores_by_role", None) or {}
    return HostCounters(**known, cores_by_role={role: tuple(cores or ()) for role, cores in roles.items()})


def _known(kind: type[RedisCounters | PostgresqlCounters | HostCounters], entry: Entry) -> dict[str, Any]:
    return {each.name: entry[each.name] for each in fields(kind) if each.name in entry}
