"""A point of a sweep: one setting measured over several legs, each a block of its own → what came of it."""

import math
from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from analysis.blocks import CACHED, HIT, MISS, summarise_blocks
from analysis.estimates import Estimate, over_blocks, ratios
from analysis.intervals import amount_interval, log_interval, share_interval
from analysis.legs import Leg
from analysis.run import Run


class Point:
    """The measured legs of one setting and the samples of their reads.

    Args:
        legs: At least one, all of the same read.
        samples: Of that read, columns as in :func:`analysis.samples.read_samples`; those of other legs are passed
            over.
    """

    def __init__(self, legs: Sequence[Leg], samples: pd.DataFrame) -> None:
        self.legs = legs
        self.operation = legs[0].operation
        self.samples = samples[samples["leg"].isin([leg.leg for leg in legs])]
        self._table = summarise_blocks(self.samples)

    @property
    def requests(self) -> int:
        """Reads that have a sample."""
        return len(self.samples)

    @property
    def seconds(self) -> float:
        """How long the legs took together, without what lay between them."""
        return sum(leg.seconds for leg in self.legs)

    @property
    def rate_rps(self) -> float:
        """Reads a second as they were sent."""
        return sum(leg.requests for leg in self.legs) / self.seconds

    def hit_ratio(self) -> Estimate:
        """Return hits over look-ups, with the interval over the legs."""
        hits, misses = (self._table.counts(self.operation, outcome) for outcome in (HIT, MISS))
        count = int((hits + misses).sum())
        return over_blocks(ratios(hits, hits + misses), interval=share_interval, unit="ratio", count=count)

    def response_time(self, statistic: str) -> Estimate:
        """Return a statistic (``mean``, ``p50``…) of the response time in seconds."""
        seconds = self._table.column(self.operation, CACHED, "response", statistic)
        lacking = "too few requests a leg"
        return over_blocks(seconds, interval=log_interval, unit="s", count=self.requests, lacking=lacking)

    def a_second(self, server: str, name: str) -> Estimate:
        """Return what a server counted, by the second; ``name`` is a field of its counters."""
        counts = [counted(leg, server, name) for leg in self.legs]
        values = [
            math.nan if count is None else count / leg.seconds
            for count, leg in zip(counts, self.legs, strict=True)
        ]
        requests = sum(leg.requests for leg in self.legs)
        return over_blocks(np.array(values), interval=amount_interval, unit="1/s", count=requests)


def kept_legs(run: Run, operation: str, phase: str, left_out: Collection[tuple[str, int]]) -> dict[int, Leg]:
    """Return the measured legs of one read in one phase by number, without those of blocks that are left out."""
    return {leg.leg: leg for leg in run.measured_legs(operation, phase) if (operation, leg.block) not in left_out}


def counted(leg: Leg, server: str, name: str) -> int | None:
    """Return what a server counted during a leg; None where nobody could ask."""
    counters = None if leg.counters is None else getattr(leg.counters, server)
    count: int | None = None if counters is None else getattr(counters, name)
    return count
