"""What ``run.json`` says of a sweep over the cache's size: its points, and how each was prepared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PointPlan:
    """One policy at one size and one rate.

    Attributes:
        size_ratio: Entries planned as a share of the working set.
        offered_rate_rps: None: as fast as answers came.
        fill_requests, warm_up_requests: Sent before the first measured leg; none in a pass over a trace.
        settled: Whether the hit ratio had stopped rising; of a pass over a trace it is not asked.
        first_leg: Number of the first leg that was sent to the emptied cache.
        legs: Numbers of the measured legs.
        entries_held: What the cache held at the end of each.
    """

    policy: str
    size_ratio: float
    entries_planned: int
    offered_rate_rps: float | None
    entry_bytes: float | None
    maxmemory_bytes: int | None
    fill_requests: int
    warm_up_requests: int
    settled: bool
    first_leg: int
    legs: tuple[int, ...]
    entries_held: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SizingPlan:
    """How one read was swept.

    Attributes:
        trace_share_ratio: Share of the trace's keys that was replayed; None where keys were drawn.
        pass_requests: Requests of a whole pass over those; None where keys were drawn, or it is not known.
        capacity_rps: What the database alone carried; None where it was not asked.
        maxmemory_samples, lfu_log_factor, lfu_decay_min: The server's settings; None where it does not tell.
    """

    operation: str
    route: str
    working_set_keys: int
    trace_share_ratio: float | None
    capacity_rps: float | None
    maxmemory_samples: int | None
    lfu_log_factor: int | None
    lfu_decay_min: int | None
    points: tuple[PointPlan, ...]
    pass_requests: int | None = None


def parse_sizing(entries: Sequence[Entry] | None) -> tuple[SizingPlan, ...]:
    """Read the key ``sizing``; a run that lacks it swept nothing."""
    return tuple(_plan(entry) for entry in entries or ())


def _plan(entry: Entry) -> SizingPlan:
    return SizingPlan(
        operation=str(entry["operation"]),
        route=str(entry["route"]),
        working_set_keys=int(entry["working_set_keys"]),
        trace_share_ratio=entry.get("trace_share_ratio"),
        capacity_rps=entry.get("capacity_rps"),
        maxmemory_samples=entry.get("maxmemory_samples"),
        lfu_log_factor=entry.get("lfu_log_factor"),
        lfu_decay_min=entry.get("lfu_decay_min"),
        points=tuple(_point(point) for point in entry["points"]),
        pass_requests=entry.get("pass_requests"),
    )


def _point(entry: Entry) -> PointPlan:
    return PointPlan(
        policy=str(entry["policy"]),
        size_ratio=float(entry["size_ratio"]),
        entries_planned=int(entry["entries_planned"]),
        offered_rate_rps=entry.get("offered_rate_rps"),
        entry_bytes=entry.get("entry_bytes"),
        maxmemory_bytes=entry.get("maxmemory_bytes"),
        fill_requests=int(entry["fill_requests"]),
        warm_up_requests=int(entry["warm_up_requests"]),
        settled=bool(entry["settled"]),
        first_leg=int(entry["first_leg"]),
        legs=tuple(map(int, entry["legs"])),
        entries_held=tuple(map(int, entry["entries_held"])),
    )
