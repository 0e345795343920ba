"""What is measured: loads of the server at which the truth is known, each long enough for its quantiles."""

from dataclasses import dataclass, replace

from loadtests.arrivals import ArrivalKind

SLOTS = 4
MEAN_DELAY_S = 0.002
DELAY_SIGMA = 0.66  # of the delay's logarithm: p50 1.6 ms, p99 7.5 ms, p99.9 12.4 ms
CAPACITY_RPS = SLOTS / MEAN_DELAY_S
STALL_RATE_RPS = 200.0
STALL_CONNECTIONS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One row of the comparison.

    Attributes:
        name: what it is called.
        arrivals: constant or poisson.
        rate_rps: offered rate.
        leg_s: length of a leg.
        legs: how many legs are pooled.
        connections: of the lab, and users of Locust.
        stall_s: for how long the server is stopped in the middle of a leg; 0 is not at all.
    """

    name: str
    arrivals: ArrivalKind
    rate_rps: float
    leg_s: float
    legs: int
    connections: int = 64
    stall_s: float = 0.0

    @property
    def load_ratio(self) -> float:
        """The share of the server's capacity that the rate asks for."""
        return self.rate_rps / CAPACITY_RPS


def _loads(leg_s: dict[float, float], legs: int) -> tuple[Case, ...]:
    return tuple(
        Case(
            name=f"{arrivals}-{load:.0%}".rstrip("%"),
            arrivals=arrivals,
            rate_rps=load * CAPACITY_RPS,
            leg_s=seconds,
            legs=legs,
        )
        for load, seconds in leg_s.items()
        for arrivals in ("constant", "poisson")
    )


_STALL = Case(
    name="stall",
    arrivals="constant",
    rate_rps=STALL_RATE_RPS,
    leg_s=20.0,
    legs=1,
    connections=STALL_CONNECTIONS,
    stall_s=1.0,
)

# p99.9 takes 3,688 samples: 18.5 s at the lowest rate, and somewhat more where their number is random.
FULL = (*_loads({0.1: 9.8, 0.5: 4.0, 0.8: 3.0}, legs=2), _STALL)
QUICK = (
    *_loads({0.1: 2.5, 0.5: 1.0, 0.8: 1.0}, legs=1),
    replace(_STALL, rate_rps=400.0, leg_s=4.0, stall_s=0.5),
)
