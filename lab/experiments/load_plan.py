"""What traffic a run was asked for, and the legs that it comes down to."""

from dataclasses import dataclass, replace

from lab.experiments.profile import Profile, ReadPlan
from lab.experiments.read_record import ReadRecord
from lab.experiments.stopping import UntilNarrow
from lab.workload import Workload
from loadtests.popularity.replay import Replay
from loadtests.traces import Trace
from loadtests.traffic import Leg
from loadtests.value_sizes import DEFAULT_VALUE_SIZES

RAMP, WARM_UP, MEASURE, REPEAT, CAPACITY, CACHED_RAMP, CALIBRATE, KEYS, SIZING, FRESHNESS = range(10)
"""What a leg is for, as a part of its seed: no two purposes draw the same arrivals."""

UNCACHED = "uncached"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadPlan:
    """What was asked.

    Attributes:
        profile: sizes and lengths.
        seed: of arrivals, keys and the order of arms.
        workload: which requests, and how they are spaced.
        trace: the trace that is replayed; None when the popularity is a distribution.
        users: users in the data set.
        value_sizes: how large their infos are, as a leg has it; likewise `value_seed`.
        rate_rps: the offered rate; None: half of the uncached arm's capacity.
        until: the rule that ends a comparison; None: after the profile's number of blocks.
    """

    profile: Profile
    seed: int
    workload: Workload
    trace: Trace | None
    users: int
    value_sizes: str = DEFAULT_VALUE_SIZES
    value_seed: int = 1
    rate_rps: float | None = None
    until: UntilNarrow | None = None

    @property
    def write_ratio(self) -> float:
        """The share of the requests that write: what was asked for, else of the trace's own."""
        if self.workload.write_ratio is not None:
            return self.workload.write_ratio
        return 0.0 if self.trace is None else Replay(self.trace).write_ratio

    def record(self, plan: ReadPlan) -> ReadRecord:
        """Fit a read's working set and cache to the trace where there is one: same size, same proportion."""
        replay: Replay | None
        if self.trace is None:
            share, replay, keys = None, None, min(plan.working_set_keys, self.users)
        else:
            share = trace_share(plan, self.trace)
            replay = Replay(self.trace.sample(share))
            keys = replay.keys
        return ReadRecord(
            plan=plan,
            working_set_keys=keys,
            cache_entries=round(plan.cache_entries * keys / plan.working_set_keys),
            trace_share_ratio=share,
            replay=replay,
        )

    def leg(
        self,
        record: ReadRecord,
        *,
        phase: str,
        arm: str,
        seed: tuple[int, ...],
        key_start: int,
        duration_s: float,
        block: int | None = None,
        treatment: str | None = None,
        rate_rps: float | None = None,
        key_seed: tuple[int, ...] | None = None,
    ) -> Leg:
        """Return an open-loop leg of one read; `treatment` is what the arm is sent, where the two differ.

        Its number is given when it is sent. Legs of equal `seed` have the same arrivals and the same keys; those
        that have a `key_seed` take their keys from that.
        """
        treatment = treatment or arm
        leg = Leg(
            leg=0,
            operation=record.plan.operation,
            arm=arm,
            treatment=treatment,
            phase=phase,
            block=block,
            arrivals=self.workload.arrivals,
            rate_rps=record.offered_rate_rps if rate_rps is None else rate_rps,
            duration_s=duration_s,
            connections=self.profile.connections,
            seed=(self.seed, *seed),
            popularity=self.workload.keys_spelling,
            working_set_keys=record.working_set_keys,
            trace_share_ratio=record.trace_share_ratio or 1.0,
            key_start=key_start,
            users=self.users,
            skip_bad_records=self.workload.skip_bad,
            key_seed=None if key_seed is None else (self.seed, *key_seed),
            value_sizes=self.value_sizes,
            value_seed=self.value_seed,
        )
        return self._with_writes(self._by_its_own_timing(leg, record), record)

    def own_rate_rps(self, record: ReadRecord) -> float | None:
        """Return the records a second of a trace that goes by its own timing; None where requests have a rate."""
        if record.replay is None or self.workload.speed is None:
            return None
        return len(record.replay.trace.ranks) / record.replay.timing.round_s * self.workload.speed

    def _by_its_own_timing(self, leg: Leg, record: ReadRecord) -> Leg:
        """Let the trace say when its records come, if that was asked for: the leg's rate is then what it has."""
        speed = self.workload.speed
        if record.replay is None or speed is None:
            return leg
        count = len(record.replay.timing.stretch_ns(leg.key_start, leg.duration_s, speed))
        return replace(leg, arrivals="trace", speed=speed, rate_rps=count / leg.duration_s)

    def _with_writes(self, leg: Leg, record: ReadRecord) -> Leg:
        """Add the writes: those that were asked for beside the reads, else those among the trace's records."""
        assert leg.rate_rps is not None, "an open loop has a rate"  # noqa: S101
        asked_ratio, replay = self.workload.write_ratio, record.replay
        traced = asked_ratio is None and replay is not None and replay.write_ratio > 0
        if traced and replay is not None:
            share = replay.write_ratio
            if leg.speed is not None:
                count = round(leg.rate_rps * leg.duration_s)
                share = float(replay.writes(count, leg.key_start).mean())
            rate_rps = leg.rate_rps * share
        else:
            rate_rps = leg.rate_rps * (asked_ratio or 0.0) / (1 - (asked_ratio or 0.0))
        if not rate_rps:
            return replace(leg, trace_operations=traced)
        # Without a cache there is none to tell of a write: the other arm's entries stay as that arm left them.
        policy = "none" if leg.treatment == UNCACHED else "invalidate"
        return replace(leg, trace_operations=traced, write_rate_rps=rate_rps, write_policy=policy)


def in_closed_loop(leg: Leg) -> Leg:
    """Return the leg as fast as answers come, without writes."""
    return replace(
        leg,
        arrivals="closed",
        rate_rps=None,
        speed=None,
        write_rate_rps=0.0,
        write_policy=None,
        trace_operations=False,
    )


def trace_share(plan: ReadPlan, trace: Trace) -> float:
    """Return the share of the trace's keys that a read replays: all where they fit, else a sample of them.

    The reuse of a sample is that of the whole.
    """
    return min(1.0, plan.working_set_keys / trace.distinct_keys)
