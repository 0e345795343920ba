"""How long an entry lives from its fill: a time to live, give or take some of it, and means over what is drawn."""

import math
from dataclasses import dataclass

import numpy as np

from analysis.errors import PredictionError
from analysis.intervals import Values

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetime:
    """A time to live that is drawn anew for each entry, uniformly within ``jitter_ratio`` of ``ttl_s``.

    Raises:
        PredictionError: the time to live is not positive and finite, or the jitter is not from 0 to 1.
    """

    ttl_s: float
    jitter_ratio: float = 0.0

    def __post_init__(self) -> None:
        if not 0 < self.ttl_s < math.inf:
            raise PredictionError(
                f"a time to live of {self.ttl_s} s bounds no age; give one above 0 and below infinity"
            )
        if not 0 <= self.jitter_ratio <= 1:
            raise PredictionError(
                f"a jitter of {self.jitter_ratio} of the time to live cannot be; give a share from 0 to 1"
            )

    @property
    def shortest_s(self) -> float:
        """The least that is drawn."""
        return self.ttl_s * (1 - self.jitter_ratio)

    @property
    def longest_s(self) -> float:
        """The most that is drawn."""
        return self.ttl_s * (1 + self.jitter_ratio)

    def beyond(self, age_s: float) -> tuple[Values, Values]:
        """Return what is left of lifetimes at an age, and weights, for a mean over those that reach it.

        The weights add up to the share of entries that live as long. Where nothing is drawn it is one point.

        Args:
            age_s: Seconds from the fill, 0 or more.

        Returns:
            Seconds left and weights, one value a point; both empty where no entry lives as long.

        References:
            Gauss-Legendre quadrature: Abramowitz and Stegun, Handbook of Mathematical Functions (1964), 25.4.30.
            With 16 points a mean of x - (1 - e^(-mu x)) / mu is exact to 1e-10 of itself up to mu T = 100.
        """
        if age_s >= self.longest_s:
            return np.empty(0), np.empty(0)
        shortest_s = max(self.shortest_s, age_s)
        width_s = self.longest_s - shortest_s
        if self.jitter_ratio == 0:
            return np.array([self.ttl_s - age_s]), np.ones(1)
        left_s = shortest_s - age_s + width_s * (_NODES + 1) / 2
        return left_s, _WEIGHTS / 2 * width_s / (self.longest_s - self.shortest_s)

    def draw_s(self, rng: np.random.Generator, count: int) -> Values:
        """Return lifetimes of so many entries, in seconds."""
        return rng.uniform(self.shortest_s, self.longest_s, count)
