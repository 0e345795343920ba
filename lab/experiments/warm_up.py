"""When is a cache warm? Judged from the hit ratios of successive windows of its own traffic."""

import math
from dataclasses import asdict, dataclass
from typing import Any

WINDOWS_COMPARED = 3
# A window's hit ratio is a count: below two standard errors of the difference nothing can be told apart.
STANDARD_ERRORS = 2.0
SMALLEST_RISE = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One stretch of warm-up traffic.

    Attributes:
        leg: number of the leg that sent it.
        hit_ratio: hits over lookups; None when there were none.
        count: lookups.
        cache_full: whether the cache had reached its size by the window's end.
    """

    leg: int
    hit_ratio: float | None
    count: int
    cache_full: bool

    def to_json(self) -> dict[str, Any]:
        """Return the fields as JSON values."""
        return asdict(self)


def settled(windows: list[Window]) -> bool:
    """Return whether the last window's hit ratio has stopped rising against the windows before it.

    The cache must have been full for all the windows compared; the last may exceed the mean of the earlier ones
    by no more than two standard errors of that difference, or one point where that is more.
    """
    compared = windows[-WINDOWS_COMPARED:]
    if len(compared) < WINDOWS_COMPARED or not all(window.cache_full for window in compared[:-1]):
        return False
    *earlier, last = compared
    lookups = sum(window.count for window in earlier)
    if last.hit_ratio is None or not lookups:
        return False
    before = sum((window.hit_ratio or 0.0) * window.count for window in earlier) / lookups
    variance = before * (1 - before) * (1 / lookups + 1 / last.count)
    return last.hit_ratio - before <= max(SMALLEST_RISE, STANDARD_ERRORS * math.sqrt(variance))
