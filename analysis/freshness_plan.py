"""What ``run.json`` says of a run about freshness: its cells, and how each was prepared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Entry = Mapping[str, Any]

NONE, INVALIDATE = "none", "invalidate"
"""Write policies: an entry stays until its time to live has passed, or a write deletes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellPlan:
    """One write policy at one time to live and one rate of writes, from an emptied cache.

    Attributes:
        write_rate_rps: Writes a second that were offered.
        warm_up_requests: Reads sent before the first measured leg.
        first_leg: Number of the first leg that was sent to the emptied cache.
        legs: Numbers of the measured legs.
    """

    policy: str
    ttl_s: float
    write_rate_rps: float
    warm_up_requests: int
    first_leg: int
    legs: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshnessPlan:
    """How one read was measured.

    Attributes:
        trace_share_ratio: Share of the trace's keys that was replayed; None where keys were drawn.
        ttl_jitter_ratio: By how much of it a time to live is longer or shorter, drawn evenly for each entry; None
            where that is not known, and forecasts are for none.
    """

    operation: str
    route: str
    working_set_keys: int
    trace_share_ratio: float | None
    offered_rate_rps: float
    ttl_jitter_ratio: float | None
    cells: tuple[CellPlan, ...]


def parse_freshness(entries: Sequence[Entry] | None) -> tuple[FreshnessPlan, ...]:
    """Read the key ``freshness``; a run that lacks it asked nothing about it."""
    return tuple(_plan(entry) for entry in entries or ())


def _plan(entry: Entry) -> FreshnessPlan:
    return FreshnessPlan(
        operation=str(entry["operation"]),
        route=str(entry["route"]),
        working_set_keys=int(entry["working_set_keys"]),
        trace_share_ratio=entry.get("trace_share_ratio"),
        offered_rate_rps=float(entry["offered_rate_rps"]),
        ttl_jitter_ratio=entry.get("ttl_jitter_ratio"),
        cells=tuple(_cell(cell) for cell in entry["cells"]),
    )


def _cell(entry: Entry) -> CellPlan:
    return CellPlan(
        policy=str(entry["policy"]),
        ttl_s=float(entry["ttl_s"]),
        write_rate_rps=float(entry["write_rate_rps"]),
        warm_up_requests=int(entry["warm_up_requests"]),
        first_leg=int(entry["first_leg"]),
        legs=tuple(map(int, entry["legs"])),
    )
