"""The experiment `sizing`: the hit ratio of the real server at each size of the cache, under each policy.

A point is a policy, a size and a rate. Its cache is emptied and filled flat out by the read's own traffic, and
the server's limit is corrected until it holds as many entries as it should. Then the traffic comes at the point's
rate, until as many requests have passed as it took to fill the cache (by then all that it holds has come at that
rate) and the hit ratio has settled; then it is measured in several legs. Of a trace each point is one pass from
its start over an empty cache, cold misses included, as its exact curve has them.
"""

import math
from dataclasses import asdict, replace
from typing import Any

from lab.errors import StackError
from lab.experiments.cache_size import CacheSize
from lab.experiments.conductor import Conductor
from lab.experiments.load_plan import SIZING, LoadPlan, in_closed_loop
from lab.experiments.point_record import PointRecord
from lab.experiments.preparation import Preparation
from lab.experiments.read_record import ReadRecord
from lab.experiments.sizing_plan import NEVER_EVICTS, SizingPlan
from lab.experiments.warm_up import Window, settled
from lab.generator import LegSummary

MOST_CORRECTIONS = 6
FULL_ENOUGH = 0.99  # of the entries planned: the rest are keys that are hardly ever asked for


class Sizing:
    """Measures one read at every point of a plan, on a running stack.

    Args:
        plan: the points.
        load: what was asked; the profile's first read is the one that is measured.
        conductor: sends the legs.
        known: what a comparison found of the same read, whose rate is then offered where the plan has none; None:
            a ramp of its own finds it.
    """

    def __init__(
        self, plan: SizingPlan, load: LoadPlan, conductor: Conductor, known: ReadRecord | None = None
    ) -> None:
        self._plan = plan
        self._load = load
        self._conductor = conductor
        self._redis = conductor.witnesses.redis
        self._record = load.record(load.profile.reads[0])
        self._known = known
        self._points: list[PointRecord] = []
        self._position = self._sent = 0

    def run(self) -> None:
        rates_rps = self._plan.rates_rps or (self._find_rate(),)
        own_policy = str(self._redis.config_get("maxmemory-policy")["maxmemory-policy"])
        for policy in self._plan.policies:
            for size_ratio in self._plan.sizes_ratio:
                for rate_rps in rates_rps:
                    self._measure(policy, size_ratio, rate_rps)
        self._redis.config_set("maxmemory-policy", own_policy)  # for the parts of the run that come after

    def to_json(self) -> dict[str, Any]:
        record = self._record
        found = {
            "operation": record.plan.operation,
            "route": record.plan.route,
            "working_set_keys": record.working_set_keys,
            "trace_share_ratio": record.trace_share_ratio,
            "pass_requests": self._pass_requests(),
            "capacity_rps": record.capacity_rps or None,
            "maxmemory_samples": self._setting("maxmemory-samples"),
            "lfu_log_factor": self._setting("lfu-log-factor"),
            "lfu_decay_min": self._setting("lfu-decay-time"),
            "points": [asdict(point) for point in self._points],
        }
        return {"sizing": [found]}

    def _setting(self, name: str) -> int | None:
        value = self._redis.config_get(name).get(name)
        return None if value is None else int(value)

    def _find_rate(self) -> float:
        if self._known is not None:
            self._record.capacity_rps = self._known.capacity_rps
            return self._known.offered_rate_rps
        Preparation(self._load, self._conductor, self._record, SIZING).find_rate()
        return self._record.offered_rate_rps

    def _measure(self, policy: str, size_ratio: float, rate_rps: float | None) -> None:
        entries = max(1, round(size_ratio * self._record.working_set_keys))
        point = PointRecord(
            policy=policy, size_ratio=size_ratio, entries_planned=entries, offered_rate_rps=rate_rps
        )
        self._points.append(point)
        self._redis.config_set("maxmemory-policy", policy)
        size = CacheSize(entries=entries, client=self._redis)
        size.empty()
        point.first_leg = self._conductor.next_number
        if not self._prepare(point, size):
            return
        legs = self._load.profile.sizing_legs if self._load.trace is None else 1
        point.entry_bytes, point.maxmemory_bytes = size.entry_bytes, size.maxmemory_bytes
        for number in range(legs):
            self._conductor.progress.step(f"{point.name}: leg {number + 1} of {legs}")
            point.legs.append(self._send(point, "sizing", self._leg_s(point), block=self._next_block()).leg)
            point.entries_held.append(size.held())

    def _prepare(self, point: PointRecord, size: CacheSize) -> bool:
        """Bring the cache to its size, and fill it as such traffic does; a pass over a trace begins empty.

        Returns whether the point can be measured: a comparison is not lost for a size that did not fill in time.
        """
        given_bytes = self._plan.maxmemory_bytes
        if given_bytes is not None:
            size.limit_to(given_bytes)
        self._fill(point, size)
        if given_bytes is None:
            self._correct(point, size)
        if self._load.trace is None:
            self._warm_up(point, size)
        elif size.entry_bytes is None and self._known is not None:
            return False
        else:
            self._begin_pass(point, size)
        return True

    def _begin_pass(self, point: PointRecord, size: CacheSize) -> None:
        """Empty the cache again, limited from the start as was asked, or by what an entry was found to take.

        By now every connection of the services has been used, and its buffers are as large as they stay.

        Raises:
            StackError: too few entries came to measure one.
        """
        if size.entry_bytes is None:
            raise StackError(
                f"the cache held {size.held():,} of {size.entries:,} entries after {point.fill_requests:,} "
                "requests, too few to measure what one takes; take --profile full, or smaller sizes with --size"
            )
        size.restart()
        point.first_leg, point.fill_requests = self._conductor.next_number, 0
        self._position = 0

    def _fill(self, point: PointRecord, size: CacheSize) -> None:
        """Send traffic flat out until the cache evicts, or holds hardly less than planned."""
        window_s = self._load.profile.sizing_fill_window_s
        for _ in range(self._load.profile.sizing_fill_windows):
            self._conductor.progress.step(f"{point.name}: filling, {size.held():,} of {size.entries:,} entries")
            point.fill_requests += self._send(point, "warmup", window_s, fills=True).requests
            if size.limit_when_measurable() or size.held() >= self._enough(size):
                return

    def _enough(self, size: CacheSize) -> float:
        """Return how many entries fill a cache that does not evict: of a trace, only one that holds all its keys.

        What an entry takes of the limit is seen once that binds, and it is a pass over a trace that goes by it.
        """
        binds = self._load.trace is not None and size.entries < self._record.working_set_keys
        return math.inf if binds else FULL_ENOUGH * size.entries

    def _correct(self, point: PointRecord, size: CacheSize) -> None:
        """Send traffic until the limit holds about as many entries as planned.

        Flat out, but before a pass over a trace: its limit does not move any more, and connections' buffers are to
        be as large as they are at its rate.
        """
        flat_out = self._load.trace is None or point.policy == NEVER_EVICTS
        for _ in range(MOST_CORRECTIONS):
            if not size.correct():
                return
            if point.policy == NEVER_EVICTS:
                size.restart()  # nothing else makes it hold fewer
            self._conductor.progress.step(f"{point.name}: correcting the limit")
            window_s = self._load.profile.sizing_fill_window_s
            point.fill_requests += self._send(point, "warmup", window_s, fills=flat_out).requests

    def _warm_up(self, point: PointRecord, size: CacheSize) -> None:
        windows: list[Window] = []
        profile = self._load.profile
        left_s = profile.sizing_warm_up_s
        while True:
            self._conductor.progress.step(f"{point.name}: warming up")
            summary = self._send(point, "warmup", profile.sizing_leg_s)
            left_s -= summary.seconds  # as long as it took: an overloaded machine is late with its answers
            point.warm_up_requests += summary.requests
            lookups = summary.outcomes.get("hit", 0) + summary.outcomes.get("miss", 0)
            corrected = self._may_correct(point) and size.correct()
            windows.append(
                Window(leg=summary.leg, hit_ratio=summary.hit_ratio, count=lookups, cache_full=not corrected)
            )
            # Where all keys have room, nothing is evicted, and there is no order of use to renew.
            turned_over = point.size_ratio == 1 or point.warm_up_requests >= point.fill_requests
            if turned_over and settled(windows):
                point.settled = True
                return
            if left_s <= 0:
                return

    def _may_correct(self, point: PointRecord) -> bool:
        """Say whether the limit may move in use: if it was not given, and something evicts."""
        return self._plan.maxmemory_bytes is None and point.policy != NEVER_EVICTS

    def _next_block(self) -> int:
        """Return the next number: every leg of the sweep is judged as a block of its own."""
        return sum(len(point.legs) for point in self._points)

    def _leg_s(self, point: PointRecord) -> float:
        """Return how long a leg is; of a trace it is one pass, or what there is time for.

        A pass has a constant rate, or the trace's own timing.
        """
        replay, rate_rps, profile = self._record.replay, point.offered_rate_rps, self._load.profile
        if replay is None or rate_rps is None:
            return profile.sizing_leg_s
        speed = self._load.workload.speed
        pass_s = (len(replay.trace.ranks) + 0.5) / rate_rps if speed is None else replay.timing.round_s / speed
        return pass_s if profile.sizing_pass_s is None else min(pass_s, profile.sizing_pass_s)

    def _pass_requests(self) -> int | None:
        """Return how many reads a whole pass over the trace has; None where keys are drawn."""
        replay = self._record.replay
        if replay is None:
            return None
        writes = 0.0 if self._load.workload.write_ratio is not None else replay.write_ratio
        return round(len(replay.trace.ranks) * (1 - writes))

    def _send(
        self, point: PointRecord, phase: str, seconds: float, *, block: int | None = None, fills: bool = False
    ) -> LegSummary:
        leg = self._load.leg(
            self._record,
            phase=phase,
            arm="cached",
            seed=(SIZING, len(self._points), self._sent),
            key_start=self._position,
            duration_s=seconds,
            block=block,
            rate_rps=point.offered_rate_rps,
        )
        if fills or point.offered_rate_rps is None:
            leg = in_closed_loop(leg)
        elif self._load.trace is not None and leg.speed is None:
            leg = replace(leg, arrivals="constant")  # so that a pass has each request of the trace once
        if fills and point.size_ratio == 1 and self._load.trace is None:
            # A cache that is to hold everything has to be asked for everything; the rarest keys would take hours.
            leg = replace(leg, popularity="uniform")
        # Only what is measured is held against the servers' counters: reading them takes longer than a request.
        summary = self._conductor.send(leg, counted=block is not None)
        self._sent += 1
        self._position += summary.positions
        return summary
