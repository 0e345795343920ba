"""An estimate: a value with its unit, its interval, its counts, and a note where it falls short."""

import math
from dataclasses import dataclass

import numpy as np

from analysis.intervals import IntervalMaker, Values
from analysis.thresholds import MINIMUM_BLOCKS

FAILED = "a failure ranks as infinitely slow"


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What is known of one quantity; an unknown value or end is None, never 0 and never infinite.

    ``count`` is the number of requests behind it, ``blocks`` the number of blocks that were used.
    """

    value: float | None
    low: float | None
    high: float | None
    unit: str
    count: int
    blocks: int
    note: str | None = None

    def __post_init__(self) -> None:
        for number in (self.value, self.low, self.high):
            if number is not None and not math.isfinite(number):
                raise ValueError(f"an estimate is finite or None, not {number} {self.unit}")

    @property
    def bounds(self) -> tuple[float, float] | None:
        """The ends of the interval, or None where there is none."""
        return None if self.low is None or self.high is None else (self.low, self.high)


def unknown(unit: str, note: str) -> Estimate:
    """Return the estimate of something that this run cannot tell, and why."""
    return Estimate(value=None, low=None, high=None, unit=unit, count=0, blocks=0, note=note)


def over_blocks(
    values: Values,
    *,
    interval: IntervalMaker,
    unit: str,
    count: int,
    lacking: str = "not measured",
    remark: str | None = None,
) -> Estimate:
    """Estimate a quantity from its value in each block.

    Every block must have it; where some lack it, six others will do, and the note says how many were
    left out.

    Args:
        values: One value a block; NaN where the block lacks it, infinity where failures reached it.
        interval: Turns the finite values into an interval.
        unit: Unit of the values.
        count: Requests behind them.
        lacking: What to say of a block whose value is NaN.
        remark: What the reader must know of the values all the same.
    """
    usable = values[np.isfinite(values)]
    reason = FAILED if np.isinf(values).any() else lacking
    if usable.size == 0 or (usable.size < values.size and usable.size < MINIMUM_BLOCKS):
        return Estimate(value=None, low=None, high=None, unit=unit, count=count, blocks=0, note=reason)
    found = interval(usable)
    return Estimate(
        value=found.value,
        low=found.low,
        high=found.high,
        unit=unit,
        count=count,
        blocks=int(usable.size),
        note="; ".join(filter(None, (_shortfall(usable.size, values.size, reason), remark))) or None,
    )


def ratios(numerators: Values, denominators: Values) -> Values:
    """Divide block by block: NaN where either side is refused, infinity where failures reached either."""
    refused = np.isnan(numerators) | np.isnan(denominators) | (denominators == 0)
    failed = np.isinf(numerators) | np.isinf(denominators)
    known = ~refused & ~failed
    quotients = np.where(refused, math.nan, math.inf)
    quotients[known] = numerators[known] / denominators[known]
    return quotients


def _shortfall(used: int, planned: int, reason: str) -> str | None:
    if used < planned:
        return f"{planned - used} of {planned} blocks left out: {reason}"
    return "one block: no interval" if used == 1 else None
