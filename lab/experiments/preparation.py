"""Makes a read ready to be measured: finds what the service can carry without a cache, and warms the cache."""

from dataclasses import replace

from lab.errors import StackError
from lab.experiments.cache_size import CacheSize
from lab.experiments.conductor import Conductor
from lab.experiments.load_plan import CACHED_RAMP, RAMP, WARM_UP, LoadPlan, in_closed_loop
from lab.experiments.read_record import ReadRecord
from lab.experiments.warm_up import Window, settled
from lab.generator import LegSummary

SHARE_OF_CAPACITY = 0.5
FROM_THE_CACHE = ("hit", "miss", "stale", "collapsed")
"""Outcomes of good answers for which the cache was asked."""


class Preparation:
    """Prepares one read on an emptied cache; what it finds is noted in the read's record."""

    def __init__(self, load: LoadPlan, conductor: Conductor, record: ReadRecord, number: int) -> None:
        self._load = load
        self._conductor = conductor
        self._record = record
        self._number = number

    def run(self) -> int:
        """Find the rate, warm the cache, and return how many requests of the key stream that took."""
        size = CacheSize(entries=self._record.cache_entries, client=self._conductor.witnesses.redis)
        self._record.size = size
        size.empty()
        self.find_rate()
        position = self._warm_up(size)
        position = self._find_cached_capacity(position)
        self._conductor.progress.step(f"{self._record.plan.route}: back to the rate that is measured")
        position += self._window(self._load.profile.warm_up_windows, position).positions
        self._record.held = size.held()
        return position

    def find_rate(self) -> None:
        """Find the uncached arm's capacity by a ramp of closed loops, and with it the rate to offer.

        Raises:
            StackError: the service gave no good answer.
        """
        record, profile = self._record, self._load.profile
        for connections in profile.ramp_connections:
            self._conductor.progress.step(
                f"{record.plan.route}: capacity without a cache, {connections} connections"
            )
            summary = self._closed_loop("uncached", RAMP, connections, key_start=0)
            self._require_answers(summary)
            # Good answers alone: a service that sheds load quickly has no more capacity for it.
            achieved_rps = summary.outcomes["bypass"] / summary.seconds
            record.ramp.append({"connections": connections, "achieved_rps": achieved_rps})
        record.capacity_rps = max(step["achieved_rps"] for step in record.ramp)
        own_rps = self._load.own_rate_rps(record)
        asked_rps = self._load.rate_rps if own_rps is None else own_rps
        record.offered_rate_rps = SHARE_OF_CAPACITY * record.capacity_rps if asked_rps is None else asked_rps

    def _require_answers(self, summary: LegSummary) -> None:
        if not summary.outcomes.get("bypass"):
            raise StackError(
                f"{self._record.plan.route} gave no good answer to any of {summary.requests:,} requests "
                f"({summary.outcomes}); check that the service runs and that its data set is there"
            )

    def _warm_up(self, size: CacheSize) -> int:
        """Send windows until the hit ratio has settled; return how many requests that took."""
        record = self._record
        position = 0
        for index in range(self._load.profile.warm_up_windows):
            self._conductor.progress.step(f"{record.plan.route}: warming the cache{_so_far(record.windows)}")
            summary = self._window(index, position)
            position += summary.positions
            record.warm_up_s += summary.seconds
            record.windows.append(
                Window(
                    leg=summary.leg,
                    hit_ratio=summary.hit_ratio,
                    count=summary.outcomes.get("hit", 0) + summary.outcomes.get("miss", 0),
                    cache_full=size.limit_when_measurable(),
                )
            )
            if settled(record.windows):
                record.settled = True
                break
        return position

    def _window(self, index: int, position: int) -> LegSummary:
        """Send a stretch of the traffic that is measured afterwards."""
        leg = self._load.leg(
            self._record,
            phase="warmup",
            arm="cached",
            seed=(self._number, WARM_UP, index),
            key_start=position,
            duration_s=self._record.plan.warm_up_window_s,
        )
        return self._conductor.send(leg)

    def _find_cached_capacity(self, position: int) -> int:
        """Find what the warm cache carries, flat out; return the position in the key stream afterwards.

        The keys go on where warm-up ended. A cache that turns over so fast keeps other entries than at the rate
        that is measured (Redis's clock of use ticks once a second), so a window at that rate should follow.
        """
        record = self._record
        for connections in self._load.profile.cached_ramp_connections:
            self._conductor.progress.step(f"{record.plan.route}: capacity with a cache, {connections} connections")
            summary = self._closed_loop("cached", CACHED_RAMP, connections, key_start=position)
            position += summary.positions
            answered = sum(summary.outcomes.get(outcome, 0) for outcome in FROM_THE_CACHE)
            record.cached_ramp.append({"connections": connections, "achieved_rps": answered / summary.seconds})
        # Unknown where the service does not say what its cache did.
        record.cached_capacity_rps = max(step["achieved_rps"] for step in record.cached_ramp) or None
        return position

    def _closed_loop(self, arm: str, purpose: int, connections: int, key_start: int) -> LegSummary:
        """Send as much as so many connections carry; nothing of it is held against the servers' counters."""
        leg = self._load.leg(
            self._record,
            phase="ramp",
            arm=arm,
            seed=(self._number, purpose, connections),
            key_start=key_start,
            duration_s=self._load.profile.ramp_step_s,
        )
        closed = replace(in_closed_loop(leg), connections=connections)
        return self._conductor.send(closed, counted=False)


def _so_far(windows: list[Window]) -> str:
    if not windows or windows[-1].hit_ratio is None:
        return ""
    return f", hit ratio {windows[-1].hit_ratio:.0%}"
