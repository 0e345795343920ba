"""What ``run.json`` says of a search for capacity: the objective, and the rates that each arm was offered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """A service level: a statistic of the response time (mean, p50, p95 or p99) that stays below a limit."""

    text: str
    statistic: str
    limit_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityPlan:
    """How the capacity of one read was sought.

    Attributes:
        rates_rps: From arm to the rates that it was offered in every block, ascending.
        closed_loop_rps: From arm to what it carried in closed loops; None where that is not known.
        working_set_keys, cache_entries_held: What the traffic asked for, and how much of it the cache held.
    """

    operation: str
    route: str
    objective: Objective
    rates_rps: Mapping[str, tuple[float, ...]]
    closed_loop_rps: Mapping[str, float | None]
    blocks: int
    working_set_keys: int | None = None
    cache_entries_held: int | None = None


def parse_capacity(entries: Sequence[Entry] | None) -> tuple[CapacityPlan, ...]:
    """Read the key ``capacity``; a run that lacks it sought none."""
    return tuple(_plan(entry) for entry in entries or ())


def _plan(entry: Entry) -> CapacityPlan:
    objective = entry["objective"]
    return CapacityPlan(
        operation=str(entry["operation"]),
        route=str(entry["route"]),
        objective=Objective(
            text=str(objective["text"]),
            statistic=str(objective["statistic"]),
            limit_s=float(objective["limit_s"]),
        ),
        rates_rps={arm: tuple(sorted(map(float, plan["rates_rps"]))) for arm, plan in entry["arms"].items()},
        closed_loop_rps=dict(entry.get("closed_loop_rps") or {}),
        blocks=int(entry["blocks"]),
        working_set_keys=entry.get("working_set_keys"),
        cache_entries_held=entry.get("cache_entries_held"),
    )
