"""How long and how large an experiment is: quick for a look, full for the record, smoke for CI."""

from dataclasses import dataclass, replace

CACHED_RAMP_STEPS = 3
CAPACITY_PROBES = 10  # about, of both arms together
CAPACITY_TURNS = 12  # a block


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPlan:
    """How one read is measured.

    Attributes:
        operation: user, activity or similar.
        route: the path, for the report.
        working_set_keys: how many users are asked for.
        cache_entries: how many answers the cache is sized for. Small enough to be filled by the read's own
            traffic within the profile, and smaller than the working set, so that misses remain.
        leg_s: length of one arm's turn in a block.
        warm_up_window_s: over how long a hit ratio is taken while the cache warms.
        objective: the service level whose capacity is sought where none is asked for.
    """

    operation: str
    route: str
    working_set_keys: int
    cache_entries: int
    leg_s: float
    warm_up_window_s: float
    objective: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchSizing:
    """The sweep over the cache's size within the main job: fewer points than one of its own, and shorter legs.

    The default sizes are those that settle within seconds over the whole working set that was compared, the middle
    one being that of the comparison. Half of 20,000 keys turns over in 54,000 requests, which take ten seconds
    at the rate of the comparison, and a smaller working set would be another workload.

    Attributes:
        sizes_ratio: entries as shares of the working set.
        legs: number of legs at each size.
        leg_s: length of one.
        warm_up_s: most that warming may take at the point's rate; a machine that carries little needs more of it.
        fill_window_s: the cache is looked at so often while it fills.
        pass_s: most that a pass over a trace may take.
    """

    sizes_ratio: tuple[float, ...] = (0.05, 0.1, 0.2)
    legs: int = 5
    leg_s: float = 0.4
    warm_up_s: float = 10.0
    fill_window_s: float = 0.25
    pass_s: float = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """An experiment's size.

    Attributes:
        blocks: number of blocks, each with a turn of every arm.
        reads: what is measured.
        ramp_connections: the closed loops that find the uncached arm's capacity, one after the other.
        connections: how many the open loops may use; more than the service works on at once, so that a request
            waits at the service, where users' requests wait, and not in the generator.
        ramp_step_s: how long each of them runs.
        warm_up_windows: most windows that warm-up may take.
        aa_leg_s: length of a turn when an arm is set against itself: short, since it takes many.
        capacity_blocks: number of blocks of a search for capacity, each with every rate of both arms.
        capacity_leg_s: length of a turn at one rate.
        seeks_capacity: whether the main job seeks the capacity of every read too.
        sizing_legs: number of legs at each size of the cache.
        sizing_leg_s: length of one.
        sizing_warm_up_s: most that warming the cache may take at the point's rate, once it is full.
        freshness_ttls_s: the times to live that are tried; each leg lasts at least one of them.
        freshness_leg_s: length of a leg, at least.
        sizing_fill_window_s: the cache is looked at so often while it fills.
        sizing_fill_windows: most of those that filling it may take.
        sizing_pass_s: most that a pass over a trace may take; None: as long as it takes.
        bench_sizing: the same within the main job.
    """

    name: str
    blocks: int
    reads: tuple[ReadPlan, ...]
    ramp_connections: tuple[int, ...] = (1, 2, 4, 8, 16)
    connections: int = 64
    ramp_step_s: float = 0.6
    warm_up_windows: int = 12
    aa_leg_s: float = 0.6
    capacity_blocks: int = 6
    capacity_leg_s: float = 1.0
    seeks_capacity: bool = False
    sizing_legs: int = 4
    sizing_leg_s: float = 1.0
    sizing_warm_up_s: float = 5.0
    sizing_fill_window_s: float = 0.5
    sizing_fill_windows: int = 60
    freshness_ttls_s: tuple[float, ...] = (1.0, 5.0)
    freshness_leg_s: float = 3.0  # enough requests to know a hit ratio to a point
    sizing_pass_s: float | None = None
    bench_sizing: BenchSizing = BenchSizing()

    @property
    def cached_ramp_connections(self) -> tuple[int, ...]:
        """The closed loops that find the cached arm's capacity: the larger ones, which carry the most."""
        return self.ramp_connections[-CACHED_RAMP_STEPS:]

    def ramp_s(self) -> float:
        """Return how long the uncached arm's ramp takes."""
        return self.ramp_step_s * len(self.ramp_connections)

    def warm_up_s(self, read: ReadPlan) -> float:
        """Return about how long it takes to warm the cache, at half of the limit, and to find what it carries."""
        windows = self.warm_up_windows / 2 + 1
        return windows * read.warm_up_window_s + self.ramp_step_s * len(self.cached_ramp_connections)

    def seconds(self) -> float:
        """Return about how long a comparison takes."""
        return sum(self.ramp_s() + self.warm_up_s(read) + 2 * self.blocks * read.leg_s for read in self.reads)

    def capacity_seconds(self) -> float:
        """Return about how long a search for capacity takes, at half a second more a leg than asked."""
        legs = CAPACITY_PROBES + self.capacity_blocks * CAPACITY_TURNS
        return sum(
            self.ramp_s() + self.warm_up_s(read) + legs * (self.capacity_leg_s + 0.5) for read in self.reads
        )

    def in_bench(self) -> "Profile":
        """Return the profile of the sweep within the main job."""
        sizing = self.bench_sizing
        return replace(
            self,
            sizing_legs=sizing.legs,
            sizing_leg_s=sizing.leg_s,
            sizing_warm_up_s=sizing.warm_up_s,
            sizing_fill_window_s=sizing.fill_window_s,
            sizing_pass_s=sizing.pass_s,
        )

    def of_reads(self, operations: tuple[str, ...]) -> "Profile":
        """Keep only these reads; none named keeps all."""
        if not operations:
            return self
        return replace(self, reads=tuple(read for read in self.reads if read.operation in operations))

    def of_blocks(self, blocks: int | None) -> "Profile":
        """Change the number of blocks."""
        return self if blocks is None else replace(self, blocks=blocks)

    def of_sizing_legs(self, leg_s: float | None) -> "Profile":
        """Make each leg of a sweep at least so long, and warming up two of them; None leaves both."""
        if leg_s is None or leg_s <= self.sizing_leg_s:
            return self
        return replace(self, sizing_leg_s=leg_s, sizing_warm_up_s=max(self.sizing_warm_up_s, 2 * leg_s))

    def of_working_set(self, keys: int | None) -> "Profile":
        """Let every read ask for so many keys; None leaves each its own number."""
        if keys is None:
            return self
        return replace(self, reads=tuple(replace(read, working_set_keys=keys) for read in self.reads))


def _reads(
    user_leg_s: float, activity_leg_s: float, similar_leg_s: float, window_s: float
) -> tuple[ReadPlan, ...]:
    return (
        ReadPlan(
            operation="user",
            route="GET /user/<name>",
            working_set_keys=20_000,
            cache_entries=2_000,
            leg_s=user_leg_s,
            warm_up_window_s=window_s,
            objective="p99<20ms",
        ),
        ReadPlan(
            operation="activity",
            route="GET /user/<name>/activity",
            working_set_keys=5_000,
            cache_entries=1_000,
            leg_s=activity_leg_s,
            warm_up_window_s=window_s,
            objective="p99<20ms",
        ),
        ReadPlan(
            operation="similar",
            route="GET /user/<name>/similar",
            working_set_keys=1_000,
            cache_entries=300,
            leg_s=similar_leg_s,
            warm_up_window_s=2 * window_s,
            objective="p99<200ms",
        ),
    )


PROFILES = {
    "quick": Profile(name="quick", blocks=8, reads=_reads(1.2, 1.5, 3.5, 1.0)),
    "full": Profile(
        name="full",
        blocks=12,
        reads=_reads(8.0, 8.0, 15.0, 2.0),
        ramp_step_s=2.0,
        warm_up_windows=20,
        aa_leg_s=4.0,
        capacity_blocks=8,
        capacity_leg_s=2.0,
        seeks_capacity=True,
        sizing_legs=6,
        sizing_leg_s=4.0,
        sizing_warm_up_s=40.0,
        sizing_fill_windows=120,
        freshness_ttls_s=(1.0, 5.0, 30.0),
        freshness_leg_s=5.0,
        bench_sizing=BenchSizing(
            sizes_ratio=(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0), legs=6, leg_s=2.0, warm_up_s=40.0, pass_s=60.0
        ),
    ),
    "smoke": Profile(
        name="smoke",
        blocks=2,
        reads=(replace(_reads(1.0, 1.0, 1.0, 0.5)[0], working_set_keys=2_000, cache_entries=400),),
        ramp_connections=(1, 4, 8),
        ramp_step_s=0.3,
        aa_leg_s=0.1,
        capacity_blocks=2,
        capacity_leg_s=0.3,
        sizing_legs=2,
        sizing_leg_s=0.3,
        sizing_warm_up_s=1.0,
        sizing_fill_windows=4,
        freshness_ttls_s=(0.5,),
        freshness_leg_s=0.3,
        bench_sizing=BenchSizing(sizes_ratio=(0.2,), legs=2, leg_s=0.3, warm_up_s=2.0),
    ),
}
