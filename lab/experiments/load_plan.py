"""What traffic a run was asked for, and the legs that it comes down to."""

from dataclasses import dataclass

from lab.experiments.profile import Profile, ReadPlan
from lab.experiments.read_record import ReadRecord
from lab.experiments.stopping import UntilNarrow
from loadtests.arrivals import ArrivalKind
from loadtests.traces import Trace
from loadtests.traffic import Leg

RAMP, WARM_UP, MEASURE, REPEAT, CAPACITY, CACHED_RAMP, CALIBRATE, KEYS, SIZING, FRESHNESS = range(10)
"""What a leg is for, as a part of its seed: no two purposes draw the same arrivals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadPlan:
    """What was asked.

    Attributes:
        profile: sizes and lengths.
        seed: of arrivals, keys and the order of arms.
        popularity: spelling as in `loadtests.popularity`.
        trace: the trace that is replayed; None when the popularity is a distribution.
        users: users in the data set.
        arrivals: poisson or constant.
        rate_rps: the offered rate; None: half of the uncached arm's capacity.
        until: the rule that ends a comparison; None: after the profile's number of blocks.
    """

    profile: Profile
    seed: int
    popularity: str
    trace: Trace | None
    users: int
    arrivals: ArrivalKind = "poisson"
    rate_rps: float | None = None
    until: UntilNarrow | None = None

    def record(self, plan: ReadPlan) -> ReadRecord:
        """Fit a read's working set and cache to the trace where there is one: same size, same proportion."""
        share: float | None
        if self.trace is None:
            share, keys = None, min(plan.working_set_keys, self.users)
        else:
            # The trace itself where it fits; else a sample of its keys, whose reuse is that of the whole.
            share = min(1.0, plan.working_set_keys / self.trace.distinct_keys)
            keys = self.trace.sample(share).distinct_keys
        return ReadRecord(
            plan=plan,
            working_set_keys=keys,
            cache_entries=round(plan.cache_entries * keys / plan.working_set_keys),
            trace_share_ratio=share,
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
        return Leg(
            leg=0,
            operation=record.plan.operation,
            arm=arm,
            treatment=treatment or arm,
            phase=phase,
            block=block,
            arrivals=self.arrivals,
            rate_rps=record.offered_rate_rps if rate_rps is None else rate_rps,
            duration_s=duration_s,
            connections=self.profile.connections,
            seed=(self.seed, *seed),
            popularity=self.popularity,
            working_set_keys=record.working_set_keys,
            trace_share_ratio=record.trace_share_ratio or 1.0,
            key_start=key_start,
            users=self.users,
            key_seed=None if key_seed is None else (self.seed, *key_seed),
        )
