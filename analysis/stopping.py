"""When to stop adding blocks: once every interval asked for is as narrow as asked, or at a declared cap."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.intervals import Values, log_interval
from analysis.thresholds import SEQUENTIAL_BLOCKS


@dataclass(frozen=True, slots=True, kw_only=True)
class StoppingRule:
    """A rule that is declared before the first block.

    To look after every block and stop when the interval happens to be narrow costs coverage: in simulation the
    95 % interval then holds the truth 93 to 95 % of the time, from ``SEQUENTIAL_BLOCKS`` blocks on; with fewer
    it falls further.

    Attributes:
        target_ratio: Half-width to reach, as a share of the estimate: 0.05 for ± 5 %.
        minimum_blocks: Blocks that are measured in any case.
        cap_blocks: Blocks after which it ends, narrow or not.

    References:
        Chow and Robbins, On the asymptotic theory of fixed-width sequential confidence intervals for the mean,
        Annals of Mathematical Statistics 36 (1965).
    """

    target_ratio: float
    cap_blocks: int
    minimum_blocks: int = SEQUENTIAL_BLOCKS

    def __post_init__(self) -> None:
        if not 0 < self.target_ratio < 1:
            raise ValueError(f"a target half-width lies between 0 and 1, not at {self.target_ratio}; 0.05 is 5 %")
        if not 2 <= self.minimum_blocks <= self.cap_blocks:
            raise ValueError(
                f"a cap of {self.cap_blocks} blocks is below the {max(2, self.minimum_blocks)} that are measured "
                "in any case; raise the cap"
            )

    def reached(self, columns: Sequence[Values]) -> bool:
        """Say whether every interval is narrow enough.

        Args:
            columns: For each quantity asked for, its value in every block so far: positive, as a ratio of two
            arms;
                NaN or infinite where a block lacks it.
        """
        return bool(columns) and all(self._narrow(column) for column in columns)

    def stops(self, columns: Sequence[Values]) -> bool:
        """Say whether the block just measured is the last."""
        return max((column.size for column in columns), default=0) >= self.cap_blocks or self.reached(columns)

    def _narrow(self, column: Values) -> bool:
        known = column[np.isfinite(column) & (column > 0)]
        return known.size >= self.minimum_blocks and relative_half_width(known) <= self.target_ratio


def relative_half_width(values: Values) -> float:
    """Return by what share of it the upper end of the interval exceeds the geometric mean of positive values.

    Infinite for fewer than two values, which have no interval.
    """
    if values.size < 2:
        return math.inf
    found = log_interval(values)
    return math.inf if found.high is None else found.high / found.value - 1
