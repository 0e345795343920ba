"""What run.json tells of one point of a sweep over the cache's size: its setting, how it was warmed, its legs."""

from dataclasses import dataclass, field


@dataclass(kw_only=True)
class PointRecord:
    """One point as it is measured; fields as analysis reads them."""

    policy: str
    size_ratio: float
    entries_planned: int
    offered_rate_rps: float | None
    entry_bytes: float | None = None
    maxmemory_bytes: int | None = None
    fill_requests: int = 0
    warm_up_requests: int = 0
    settled: bool = False
    first_leg: int = 0
    legs: list[int] = field(default_factory=list)
    entries_held: list[int] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The point in words, for the progress."""
        rate = "flat out" if self.offered_rate_rps is None else f"{self.offered_rate_rps:,.0f}/s"
        return f"{self.policy}, {self.size_ratio:.0%} of the keys, {rate}"
