"""Finds about where an arm stops keeping its objective, so that the blocks measure there and not elsewhere."""

from collections.abc import Callable
from dataclasses import dataclass

STEP_UP, STEP_DOWN = 1.4, 0.7
MOST_RATES = 6
GRID = (0.3, 0.55, 0.75, 0.9, 1.05, 1.3)
"""Rates of the blocks, as shares of the bracket's middle: the foot of the curve, and its bend closely. The ends of
the bracket lie within, since a step is less than 1.3 squared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bracket:
    """What was seen of an arm, in requests a second.

    Attributes:
        start_rps: the rate that was tried first.
        kept_rps: the highest that kept the objective; None where none did.
        broken_rps: the lowest that did not; None where all kept it.
    """

    start_rps: float
    kept_rps: float | None
    broken_rps: float | None

    def grid_rps(self) -> tuple[float, ...]:
        """Return the rates to measure at.

        Where no rate kept the objective, the curve at ordinary rates says more than that at tiny ones.
        """
        if self.kept_rps is None:
            middle_rps = self.start_rps
        else:
            middle_rps = (self.kept_rps * (self.broken_rps or self.kept_rps)) ** 0.5
        return tuple(share * middle_rps for share in GRID)


def find_bracket(keeps: Callable[[float], bool], start_rps: float) -> Bracket:
    """Try rates until one has kept the objective and one has not, or there have been enough.

    A try is one noisy leg. Noise breaks an objective far more often than it keeps one, so a rate that broke it is
    tried once more; what is found still only says where to look.
    """
    kept_rps: float | None = None
    broken_rps: float | None = None
    rate_rps = start_rps
    for _ in range(MOST_RATES):
        if keeps(rate_rps) or keeps(rate_rps):
            kept_rps = rate_rps
            rate_rps *= STEP_UP
        else:
            broken_rps = rate_rps
            rate_rps *= STEP_DOWN
        if kept_rps is not None and broken_rps is not None:
            break
    return Bracket(start_rps=start_rps, kept_rps=kept_rps, broken_rps=broken_rps)
