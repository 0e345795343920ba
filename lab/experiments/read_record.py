"""What run.json tells of one read: its plan, the rate that was found, how the cache was sized and warmed."""

from dataclasses import dataclass, field
from typing import Any

from lab.experiments.cache_size import CacheSize
from lab.experiments.profile import ReadPlan
from lab.experiments.stopping import Blocks
from lab.experiments.warm_up import Window
from loadtests.popularity.replay import Replay


@dataclass(kw_only=True)
class ReadRecord:
    """What is written to run.json of one read; fields as analysis reads them.

    `replay` is what of the trace the read is sent; None where keys are drawn.
    """

    plan: ReadPlan
    working_set_keys: int
    cache_entries: int
    trace_share_ratio: float | None
    replay: Replay | None = None
    ramp: list[dict[str, float]] = field(default_factory=list)
    capacity_rps: float = 0.0
    cached_ramp: list[dict[str, float]] = field(default_factory=list)
    cached_capacity_rps: float | None = None
    offered_rate_rps: float = 0.0
    windows: list[Window] = field(default_factory=list)
    settled: bool = False
    warm_up_s: float = 0.0
    held: int | None = None
    size: CacheSize | None = None
    blocks: Blocks | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the record as JSON values."""
        return {
            "operation": self.plan.operation,
            "route": self.plan.route,
            "working_set_keys": self.working_set_keys,
            "trace_share_ratio": self.trace_share_ratio,
            "cache_entries_planned": self.cache_entries,
            "cache_entries_held": self.held,
            "entry_bytes": None if self.size is None else self.size.entry_bytes,
            "maxmemory_bytes": None if self.size is None else self.size.maxmemory_bytes,
            "ramp": self.ramp,
            "capacity_rps": self.capacity_rps,
            "cached_ramp": self.cached_ramp,
            "cached_capacity_rps": self.cached_capacity_rps,
            "offered_rate_rps": self.offered_rate_rps,
            "warm_up": {
                "settled": self.settled,
                "settled_after_s": self.warm_up_s,
                "windows": [window.to_json() for window in self.windows],
            },
            "stopping": None if self.blocks is None else self.blocks.to_json(),
        }
