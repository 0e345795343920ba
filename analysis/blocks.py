"""Samples → blocks: how many requests each population of a block had, and how long they took."""

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd

from analysis.intervals import Values
from analysis.quantiles import quantile

CACHED, UNCACHED = "cached", "uncached"
HIT, MISS = "hit", "miss"

ARMS = (CACHED, UNCACHED)
POPULATIONS = (HIT, MISS, CACHED, UNCACHED)
"""What is told apart: the two arms whole, and within the cached one its hits and its misses."""

QUANTILES = {"p50": 0.50, "p95": 0.95, "p99": 0.99}
STATISTICS = ("mean", *QUANTILES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Statistics of one kind of time in seconds: NaN where refused, infinite where failures reached them."""

    mean: float
    p50: float
    p95: float
    p99: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockFigures:
    """One population of one read in one block.

    ``answered_in_time`` counts the good answers that came before the last request was due, ``span_s`` is the
    time from the first to the last request due.
    """

    operation: str
    block: int
    population: str
    count: int
    failures: int
    answered_in_time: int
    span_s: float
    response: Times
    service: Times


@dataclass(frozen=True, slots=True)
class BlockTable:
    """All figures of a run, and the columns that estimates are made from: one value a block, in order."""

    rows: tuple[BlockFigures, ...]

    def without(self, left_out: Collection[tuple[str, int]]) -> "BlockTable":
        """Return the table without some blocks, each given as its read's operation and its number."""
        return BlockTable(tuple(row for row in self.rows if (row.operation, row.block) not in left_out))

    def blocks(self, operation: str) -> list[int]:
        """Return the blocks of one read, ascending."""
        return sorted({row.block for row in self.rows if row.operation == operation})

    def row(self, operation: str, population: str, block: int) -> BlockFigures | None:
        """Return one row, or None where the block holds none of that population."""
        wanted = (operation, population, block)
        return next((row for row in self.rows if (row.operation, row.population, row.block) == wanted), None)

    def column(self, operation: str, population: str, time: str, statistic: str) -> Values:
        """Return a statistic (``mean``, ``p50``…) of ``response`` or ``service`` times, NaN where unknown."""
        rows = self._in_order(operation, population)
        return np.array([math.nan if row is None else getattr(getattr(row, time), statistic) for row in rows])

    def counts(self, operation: str, population: str) -> Values:
        """Return the number of requests."""
        return np.array([0.0 if row is None else row.count for row in self._in_order(operation, population)])

    def failures(self, operation: str, population: str) -> Values:
        """Return the number of failed requests."""
        rows = self._in_order(operation, population)
        return np.array([0.0 if row is None else row.failures for row in rows])

    def achieved_rps(self, operation: str, population: str) -> Values:
        """Return the good answers a second that came before the schedule ended."""
        rows = self._in_order(operation, population)
        answered = np.array([math.nan if row is None else row.answered_in_time for row in rows])
        return answered / self.spans_s(operation, population)

    def spans_s(self, operation: str, population: str) -> Values:
        """Return the time in which requests were due; NaN for a block of fewer than two."""
        rows = self._in_order(operation, population)
        return np.array([math.nan if row is None or not row.span_s else row.span_s for row in rows])

    def _in_order(self, operation: str, population: str) -> list[BlockFigures | None]:
        return [self.row(operation, population, block) for block in self.blocks(operation)]


def summarise_blocks(measured: pd.DataFrame) -> BlockTable:
    """Summarise the measured samples (columns as in :func:`analysis.samples.read_samples`)."""
    rows: list[BlockFigures] = []
    for group, samples in measured.groupby(["operation", "block", "arm"], observed=True, sort=True):
        operation, block, arm = cast("tuple[str, float, str]", group)
        populations = {arm: samples}
        if arm == CACHED:
            populations |= {outcome: samples[samples["outcome"] == outcome] for outcome in (HIT, MISS)}
        rows += [
            _figures(operation, int(block), population, part)
            for population, part in populations.items()
            if len(part)
        ]
    return BlockTable(tuple(rows))


def _figures(operation: str, block: int, population: str, samples: pd.DataFrame) -> BlockFigures:
    intended_s = samples["intended_ns"].to_numpy() / 1e9
    failed = samples["failed"].to_numpy()
    last_due_s = intended_s.max()
    return BlockFigures(
        operation=operation,
        block=block,
        population=population,
        count=len(samples),
        failures=int(failed.sum()),
        answered_in_time=int((~failed & (samples["done_s"].to_numpy() <= last_due_s)).sum()),
        span_s=float(last_due_s - intended_s.min()),
        response=summarise_times(samples["response_s"].to_numpy()),
        service=summarise_times(samples["service_s"].to_numpy()),
    )


def summarise_times(seconds: Values) -> Times:
    """Summarise one kind of time; the mean is infinite as soon as one request failed.

    References:
        For what was never answered as infinitely late, and for counting from the intended start: Tene, How
        NOT to measure latency, Strange Loop 2015; wrk2's README on coordinated omission.
    """
    ordered = np.sort(seconds)
    quantiles = {name: quantile(ordered, share) for name, share in QUANTILES.items()}
    return Times(mean=float(ordered.mean()) if ordered.size else math.nan, **quantiles)
