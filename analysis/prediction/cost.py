"""Money a month at each size of a cache: takes prices that the user gives, sizes and their predicted hit ratios.

No price is built in: they differ by provider, by contract and by year.
"""

import math
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from analysis.errors import PredictionError
from analysis.intervals import Values

HOURS_A_MONTH = 365 * 24 / 12
"""730, as providers' own calculators have it."""

BYTES_A_GIB = 2**30


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """What the user pays, in a currency of theirs, the same for both.

    Attributes:
        cache_gib_month: For one GiB of the cache's memory, for a month.
        database_cpu_hour: For one hour of one of the database's processors.
    """

    cache_gib_month: float
    database_cpu_hour: float

    def __post_init__(self) -> None:
        for field in fields(self):
            price = getattr(self, field.name)
            if not 0 <= price < math.inf:
                raise PredictionError(f"a price of {price} ({field.name}) cannot be; give a number from 0 up")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reads:
    """What the cache stands in front of.

    Attributes:
        offered_rps: Reads a second, hits and misses together.
        database_cpu_s: Processor time that the database spends on one read.
    """

    offered_rps: float
    database_cpu_s: float

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not 0 <= value < math.inf:
                raise PredictionError(f"reads with {field.name} {value} cannot be; give a number from 0 up")


def money_a_month(sizes_bytes: Values, hit_ratios: Values, *, prices: Prices, reads: Reads) -> Values:
    """Return what a month costs at each size: the cache's memory, and the database's time for the misses.

    memory in GiB · price + offered rate · (1-h) · CPU time a read · 730 h · price. Only what depends on the size
    is in it. Processor time is taken to be bought as used: who rents whole machines pays in steps.

    Args:
        sizes_bytes: Of the cache's memory; 0 is no cache.
        hit_ratios: At those sizes, 0 to 1.
        prices: The user's.
        reads: What the cache stands in front of.

    Returns:
        Money a month, in the currency of the prices, of the shape of the sizes.

    Raises:
        PredictionError: sizes and hit ratios do not match, or one of them cannot be.

    References:
        Gray and Putzolu, The 5 minute rule for trading memory for disc accesses, SIGMOD 1987: rent of memory
        against the price of the accesses that it saves.
    """
    if sizes_bytes.shape != hit_ratios.shape:
        raise PredictionError(
            f"{sizes_bytes.size} sizes and {hit_ratios.size} hit ratios do not match; give one of each"
        )
    if not ((sizes_bytes >= 0).all() and (hit_ratios >= 0).all() and (hit_ratios <= 1).all()):
        raise PredictionError("a size below 0 or a hit ratio outside 0 and 1 cannot be; give bytes and shares")
    cpu_hours = reads.offered_rps * (1 - hit_ratios) * reads.database_cpu_s * HOURS_A_MONTH
    return sizes_bytes / BYTES_A_GIB * prices.cache_gib_month + cpu_hours * prices.database_cpu_hour


def cheapest(money: Values, sizes_bytes: Values, meets: NDArray[np.bool_]) -> int | None:
    """Return the place of the cheapest size that meets an objective; of equally cheap ones, the smallest.

    Args:
        money: A month's, at each size.
        sizes_bytes: The sizes.
        meets: Whether the objective is met at each size.

    Returns:
        The index; None where no size meets it.

    Raises:
        PredictionError: the three are not of one length.
    """
    if not money.shape == sizes_bytes.shape == meets.shape:
        raise PredictionError(
            f"{money.size} costs, {sizes_bytes.size} sizes and {meets.size} judgements do not match; "
            "give one of each"
        )
    order = np.lexsort((sizes_bytes, money))
    met = order[meets[order]]
    return int(met[0]) if met.size else None
