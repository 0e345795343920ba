"""The experiment `compare`: each read through the cache and past it, in interleaved blocks of equal traffic.

For each read: find the uncached arm's capacity by a short ramp, offer half of it to both arms, warm the cache by
its own traffic, then give both arms a turn in every block, in an order drawn at random. Both turns of a block
have the same arrivals and the same keys.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lab.counters import Reading, Witnesses
from lab.errors import StackError
from lab.experiments.cache_size import CacheSize
from lab.experiments.profile import Profile, ReadPlan
from lab.experiments.read_record import ReadRecord
from lab.experiments.warm_up import Window, settled
from lab.generator import Generator, LegSummary
from lab.progress import Progress
from loadtests.arrivals import ArrivalKind
from loadtests.tracefile import Trace
from loadtests.traffic import Leg

ARMS = ("cached", "uncached")
SHARE_OF_CAPACITY = 0.5
RAMP, WARM_UP, MEASURE = range(3)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareParameters:
    """What was asked.

    Attributes:
        profile: sizes and lengths.
        seed: of arrivals, keys and the order of arms.
        popularity: spelling as in `loadtests.popularity`.
        trace: the trace that is replayed; None when the popularity is a distribution.
        users: users in the data set.
        arrivals: poisson or constant.
        rate_rps: the offered rate; None: half of the uncached arm's capacity.
    """

    profile: Profile
    seed: int
    popularity: str
    trace: Trace | None
    users: int
    arrivals: ArrivalKind = "poisson"
    rate_rps: float | None = None


class Compare:
    """Conducts one run of the experiment on a running stack."""

    def __init__(
        self, parameters: CompareParameters, generator: Generator, witnesses: Witnesses, progress: Progress
    ) -> None:
        self._parameters = parameters
        self._generator = generator
        self._witnesses = witnesses
        self._progress = progress
        self._order = np.random.default_rng(parameters.seed)
        self.legs: list[dict[str, Any]] = []
        self.reads: list[ReadRecord] = []

    def run(self) -> None:
        """Measure every read of the profile."""
        for number, plan in enumerate(self._parameters.profile.reads):
            self._measure(number, self._record(plan))

    def _record(self, plan: ReadPlan) -> ReadRecord:
        """Fit the plan's working set and cache to the trace where there is one: same size, same proportion."""
        trace = self._parameters.trace
        share: float | None
        if trace is None:
            share, keys = None, min(plan.working_set_keys, self._parameters.users)
        else:
            # The trace itself where it fits; else a sample of its keys, whose reuse is that of the whole.
            share = min(1.0, plan.working_set_keys / trace.distinct_keys)
            keys = trace.sample(share).distinct_keys
        record = ReadRecord(
            plan=plan,
            working_set_keys=keys,
            cache_entries=round(plan.cache_entries * keys / plan.working_set_keys),
            trace_share_ratio=share,
        )
        self.reads.append(record)
        return record

    def _measure(self, number: int, record: ReadRecord) -> None:
        record.size = CacheSize(entries=record.cache_entries, client=self._witnesses.redis)
        record.size.empty()
        self._find_rate(number, record)
        position = self._warm_up(number, record, record.size)
        record.held = record.size.held()
        for block in range(self._parameters.profile.blocks):
            position += self._block(number, record, block, position)

    # --- the rate

    def _find_rate(self, number: int, record: ReadRecord) -> None:
        profile = self._parameters.profile
        for connections in profile.ramp_connections:
            self._progress.step(f"{record.plan.route}: capacity without a cache, {connections} connections")
            leg = self._leg(
                number,
                record,
                phase="ramp",
                arm="uncached",
                seed=(RAMP, connections),
                key_start=0,
                duration_s=profile.ramp_step_s,
            )
            summary = self._send(replace(leg, arrivals="closed", rate_rps=None, connections=connections), None)
            # Good answers alone: a service that sheds load quickly has no more capacity for it.
            achieved_rps = summary.outcomes.get("bypass", 0) / summary.seconds
            record.ramp.append({"connections": connections, "achieved_rps": achieved_rps})
            self._require_answers(record, summary)
        record.capacity_rps = max(step["achieved_rps"] for step in record.ramp)
        asked_rps = self._parameters.rate_rps
        record.offered_rate_rps = SHARE_OF_CAPACITY * record.capacity_rps if asked_rps is None else asked_rps

    def _require_answers(self, record: ReadRecord, summary: LegSummary) -> None:
        answered = summary.outcomes.get("bypass", 0)
        if not answered:
            raise StackError(
                f"{record.plan.route} gave no good answer to any of {summary.requests:,} requests "
                f"({summary.outcomes}); check that the service runs and that its data set is there"
            )

    # --- the cache

    def _warm_up(self, number: int, record: ReadRecord, size: CacheSize) -> int:
        """Send windows until the hit ratio has settled; return how many requests that took."""
        position = 0
        for index in range(self._parameters.profile.warm_up_windows):
            self._progress.step(f"{record.plan.route}: warming the cache{_so_far(record.windows)}")
            leg = self._leg(
                number,
                record,
                phase="warmup",
                arm="cached",
                seed=(WARM_UP, index),
                key_start=position,
                duration_s=record.plan.warm_up_window_s,
            )
            summary = self._send(leg, self._counters(leg))
            position += summary.requests
            record.warm_up_s += summary.seconds
            cache_full = size.limit_when_measurable()
            record.windows.append(
                Window(
                    leg=summary.leg,
                    hit_ratio=summary.hit_ratio,
                    count=summary.outcomes.get("hit", 0) + summary.outcomes.get("miss", 0),
                    cache_full=cache_full,
                )
            )
            if settled(record.windows):
                record.settled = True
                break
        return position

    # --- the blocks

    def _block(self, number: int, record: ReadRecord, block: int, position: int) -> int:
        """Give both arms their turn; return how many requests each was sent."""
        requests = 0
        for turn, arm in enumerate(self._order.permutation(ARMS)):
            self._progress.step(
                f"{record.plan.route}: block {block + 1} of {self._parameters.profile.blocks}, {arm}"
            )
            leg = self._leg(
                number,
                record,
                phase="measure",
                arm=str(arm),
                seed=(MEASURE, block),
                key_start=position,
                duration_s=record.plan.leg_s,
                block=block,
            )
            requests = self._send(leg, self._counters(leg), position=turn).requests
        return requests

    def _leg(
        self,
        number: int,
        record: ReadRecord,
        *,
        phase: str,
        arm: str,
        seed: tuple[int, int],
        key_start: int,
        duration_s: float,
        block: int | None = None,
    ) -> Leg:
        return Leg(
            leg=len(self.legs),
            operation=record.plan.operation,
            arm=arm,
            phase=phase,
            block=block,
            arrivals=self._parameters.arrivals,
            rate_rps=record.offered_rate_rps,
            duration_s=duration_s,
            connections=self._parameters.profile.connections,
            seed=(self._parameters.seed, number, *seed),
            popularity=self._parameters.popularity,
            working_set_keys=record.working_set_keys,
            trace_share_ratio=record.trace_share_ratio or 1.0,
            key_start=key_start,
            users=self._parameters.users,
        )

    def _send(self, leg: Leg, before: Reading | None, position: int = 0) -> LegSummary:
        """Send the leg and note it, with what the servers counted since `before`."""
        summary = self._generator.run(leg, self._progress.leg)
        counters = None if before is None else self._counters(leg).since(before).to_json()
        self._progress.advance(leg.duration_s)
        self.legs.append(
            {
                "leg": leg.leg,
                "operation": leg.operation,
                "phase": leg.phase,
                "arm": leg.arm,
                "block": leg.block,
                "position": position,
                "started_ns": summary.started_ns,
                "ended_ns": summary.ended_ns,
                "offered_rate_rps": leg.rate_rps,
                "requests": summary.requests,
                "counters": counters,
            }
        )
        return summary

    def _counters(self, leg: Leg) -> Reading:
        return self._witnesses.read(leg.operation, self._generator.cpu_s())


def _so_far(windows: list[Window]) -> str:
    if not windows or windows[-1].hit_ratio is None:
        return ""
    return f", hit ratio {windows[-1].hit_ratio:.0%}"
