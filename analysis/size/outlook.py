"""What a hit ratio and a size come to, in every quantity that a goal may be of."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.prediction.cost import Prices, Reads, money_a_month
from analysis.prediction.mixture import Mixture, mean_s, quantile_s
from analysis.size.goal import Goal, Quantity
from analysis.time_limit import QUANTILES

MemoryBytes = Callable[[int], int]
"""`maxmemory` that leaves room for so many entries, in bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What is known beside the requests.

    Attributes:
        rate_rps: Requests a second.
        times: Response times of hits and of misses as measured; None where no goal needs them.
        prices: The user's; None where there are none.
        database_cpu_s: Processor time that the database spends on one read; None where unknown.
    """

    rate_rps: float
    times: Mixture | None = None
    prices: Prices | None = None
    database_cpu_s: float | None = None

    def database_rps(self, hit_ratio: float) -> float:
        """Return the reads that are left to the database, a second: rate · (1 - h)."""
        return self.rate_rps * (1 - hit_ratio)

    def time_s(self, quantity: str, hit_ratio: float) -> float | None:
        """Return a statistic of the response time; None where the samples are too few to tell."""
        if self.times is None:
            return None
        if quantity == "mean":
            return mean_s(self.times, hit_ratio=hit_ratio)
        return quantile_s(self.times, QUANTILES[quantity], hit_ratio=hit_ratio)

    def money(self, hit_ratio: float, memory_bytes: int) -> float | None:
        """Return what a month costs; None without prices."""
        if self.prices is None:
            return None
        reads = Reads(offered_rps=self.rate_rps, database_cpu_s=self.database_cpu_s or 0.0)
        sizes, ratios = np.array([float(memory_bytes)]), np.array([hit_ratio])
        return float(money_a_month(sizes, ratios, prices=self.prices, reads=reads)[0])

    def value(self, quantity: Quantity, hit_ratio: float) -> float | None:
        """Return a quantity that depends on the hit ratio alone; a cost is not known without a size."""
        if quantity == "hit_ratio":
            return hit_ratio
        if quantity == "db_rps":
            return self.database_rps(hit_ratio)
        return None if quantity == "cost" else self.time_s(quantity, hit_ratio)

    def meets(self, goals: Sequence[Goal], hit_ratio: float) -> bool:
        """Say whether a hit ratio meets all goals but those of cost, which ask for a size too."""
        return all(goal.met_by(self.value(goal.quantity, hit_ratio)) for goal in goals if goal.quantity != "cost")
