"""What the cache is doing right now: counts and latencies by outcome, small enough to send every few seconds.

Latencies are kept in histograms whose buckets grow by a factor of 2 ** (1/16), so a quantile read from one is
within 4.4 % of the truth. They are for looking at while a test runs; reports are made from samples.
"""

import math
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from loadtests.outcome import Outcome

BUCKETS_PER_OCTAVE = 16
RECENT_S = 5
FOUND = (Outcome.HIT, Outcome.STALE)
LOOKED_UP = (*FOUND, Outcome.MISS, Outcome.COLLAPSED)


@dataclass(slots=True)
class Histogram:
    """Response times of one outcome."""

    buckets: Counter[int] = field(default_factory=Counter)

    def add(self, response_ns: int) -> None:
        """Count one response time."""
        self.buckets[int(math.log2(max(response_ns, 1)) * BUCKETS_PER_OCTAVE)] += 1

    @property
    def count(self) -> int:
        """How many were counted."""
        return self.buckets.total()

    def quantile_ms(self, q: float) -> float | None:
        """Return the q-quantile (middle of its bucket) in ms; None of nothing."""
        rank, seen = math.ceil(q * self.count), 0
        for bucket in sorted(self.buckets):
            seen += self.buckets[bucket]
            if seen >= rank:
                return float(2.0 ** ((bucket + 0.5) / BUCKETS_PER_OCTAVE) / 1e6)
        return None


class LiveView:
    """Collects since the test began, and hit and lookup counts of the last seconds apart."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.clear()

    def clear(self) -> None:
        """Forget everything: a new test begins."""
        self.histograms: dict[Outcome, Histogram] = {outcome: Histogram() for outcome in Outcome}
        self._recent: deque[tuple[int, list[int]]] = deque()  # (second, [found, looked up])
        self._unsent: dict[Outcome, Counter[int]] = {outcome: Counter() for outcome in Outcome}

    def add(self, outcome: Outcome, response_ns: int) -> None:
        """Count one request."""
        self.histograms[outcome].add(response_ns)
        self._unsent[outcome][int(math.log2(max(response_ns, 1)) * BUCKETS_PER_OCTAVE)] += 1
        if outcome in LOOKED_UP:
            self._count_recent(int(outcome in FOUND), 1)

    def take_unsent(self) -> dict[str, dict[int, int]]:
        """Return what came since the last call, as a worker sends it to its master."""
        unsent, self._unsent = self._unsent, {outcome: Counter() for outcome in Outcome}
        return {outcome.label: dict(buckets) for outcome, buckets in unsent.items() if buckets}

    def merge(self, sent: dict[str, dict[int, int]]) -> None:
        """Add what a worker sent."""
        for label, buckets in sent.items():
            outcome = Outcome[label.upper()]
            counts = Counter({int(bucket): count for bucket, count in buckets.items()})
            self.histograms[outcome].buckets.update(counts)
            if outcome in LOOKED_UP:
                self._count_recent(counts.total() if outcome in FOUND else 0, counts.total())

    def hit_ratio(self) -> float | None:
        """Return the hit ratio since the test began; None before the first lookup."""
        found = self._count(FOUND)
        looked_up = self._count(LOOKED_UP)
        return found / looked_up if looked_up else None

    def recent_hit_ratio(self) -> float | None:
        """Return the hit ratio of the last five seconds; None when nothing was looked up in them."""
        self._forget_old()
        looked_up = sum(counts[1] for _, counts in self._recent)
        return sum(counts[0] for _, counts in self._recent) / looked_up if looked_up else None

    def _count(self, outcomes: Iterable[Outcome]) -> int:
        return sum(self.histograms[outcome].count for outcome in outcomes)

    def _count_recent(self, found: int, looked_up: int) -> None:
        second = int(self._clock())
        if not self._recent or self._recent[-1][0] != second:
            self._recent.append((second, [0, 0]))
            self._forget_old()
        counts = self._recent[-1][1]
        counts[0] += found
        counts[1] += looked_up

    def _forget_old(self) -> None:
        oldest = self._clock() - RECENT_S
        while self._recent and self._recent[0][0] < oldest:
            self._recent.popleft()


def table_rows(view: LiveView) -> list[dict[str, Any]]:
    """Return the rows of the web UI's Cache tab; text, since each cell has its own unit."""
    rows: list[dict[str, Any]] = [
        _row("hit ratio, since the start", _ratio(view.hit_ratio())),
        _row(f"hit ratio, last {RECENT_S} s", _ratio(view.recent_hit_ratio())),
    ]
    for outcome, histogram in view.histograms.items():
        if histogram.count:
            quantiles = {f"p{q:g}": _ms(histogram.quantile_ms(q / 100)) for q in (50, 95, 99)}
            rows.append(_row(outcome.label, f"{histogram.count:,} requests", **quantiles))
    return rows


def _row(what: str, value: str, p50: str = "", p95: str = "", p99: str = "") -> dict[str, Any]:
    return {"name": what, "safeName": what, "value": value, "p50": p50, "p95": p95, "p99": p99}


def _ratio(ratio: float | None) -> str:
    return "unknown" if ratio is None else f"{ratio:.1%}"


def _ms(value_ms: float | None) -> str:
    if value_ms is None:
        return ""
    return f"{value_ms * 1000:.0f} µs" if value_ms < 1 else f"{value_ms:.3g} ms"
