"""Samples → blocks: how many requests each population of a block had, and how long they took."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd

from analysis.intervals import Values
from analysis.quantiles import QuantileInterval, quantile, quantile_interval

CACHED, UNCACHED = "cached", "uncached"
HIT, MISS = "hit", "miss"

ARMS = (CACHED, UNCACHED)
POPULATIONS = (HIT, MISS, CACHED, UNCACHED)
"""What is told apart: the two arms whole, and within the cached one its hits and its misses."""

QUANTILES = {"p50": 0.50, "p95": 0.95, "p99": 0.99, "p999": 0.999}
STATISTICS = ("mean", *QUANTILES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Statistics of one kind of time in seconds: NaN where refused, infinite where failures reached them.

    In the mean a failed request counts as :func:`count_failures` has it.
    """

    mean: float
    p50: float
    p95: float
    p99: float
    p999: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockFigures:
    """One population of one read in one block.

    ``answered_in_time`` counts the good answers that came before the last request was due, ``span_s`` is the
    time from the first to the last request due. ``response_interval`` goes from quantile to the interval of the
    response time's, within this block alone.
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
    response_interval: Mapping[str, QuantileInterval]


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
    slowest = {str(operation): _slowest(part) for operation, part in measured.groupby("operation", observed=True)}
    rows: list[BlockFigures] = []
    for group, samples in measured.groupby(["operation", "block", "arm"], observed=True, sort=True):
        operation, block, arm = cast("tuple[str, float, str]", group)
        populations = {arm: samples}
        if arm == CACHED:
            populations |= {outcome: samples[samples["outcome"] == outcome] for outcome in (HIT, MISS)}
        rows += [
            _figures(operation, int(block), population, part, slowest[operation])
            for population, part in populations.items()
            if len(part)
        ]
    return BlockTable(tuple(rows))


@dataclass(frozen=True, slots=True)
class _Slowest:
    """The slowest answer to one read, in all blocks and both arms, in seconds; 0 where nothing was answered."""

    response_s: float
    service_s: float


def _slowest(samples: pd.DataFrame) -> _Slowest:
    answered = samples[~samples["failed"]]
    return _Slowest(
        *(float(answered[time].max()) if len(answered) else 0.0 for time in ("response_s", "service_s"))
    )


def _figures(
    operation: str, block: int, population: str, samples: pd.DataFrame, slowest: _Slowest
) -> BlockFigures:
    intended_s = samples["intended_ns"].to_numpy() / 1e9
    failed = samples["failed"].to_numpy()
    done_s, lag_s = samples["done_s"].to_numpy(), samples["lag_s"].to_numpy()
    last_due_s = intended_s.max()
    response_s, service_s = samples["response_s"].to_numpy(), samples["service_s"].to_numpy()
    waited_s = done_s - intended_s
    ordered = np.sort(response_s)
    return BlockFigures(
        operation=operation,
        block=block,
        population=population,
        count=len(samples),
        failures=int(failed.sum()),
        answered_in_time=int((~failed & (done_s <= last_due_s)).sum()),
        span_s=float(last_due_s - intended_s.min()),
        response=summarise_times(response_s, count_failures(response_s, waited_s, slowest.response_s)),
        service=summarise_times(service_s, count_failures(service_s, waited_s - lag_s, slowest.service_s)),
        response_interval={name: quantile_interval(ordered, share) for name, share in QUANTILES.items()},
    )


def count_failures(seconds: Values, waited_s: Values, slowest_s: float) -> Values:
    """Return the times with every failure counted as slow as the slowest answer, or as its own wait if longer.

    A failure has no response time, and ranks behind every answer; this is the least that it can be said to have
    taken, so that a mean stays finite and the arm that fails is never the better for it. Where nothing was
    answered at all there is no such least, and failures stay infinite.

    Args:
        seconds: Times; infinite for a failure.
        waited_s: How long each request was waited for; NaN where nobody knows.
        slowest_s: The slowest answer of the read, in all blocks and both arms; 0 where there is none.

    References:
        Dixon, Simplified estimation from censored normal samples, Annals of Mathematical Statistics 31 (1960), for
        replacing what lies beyond by the nearest value seen. docs/decisions/0004.
    """
    least = np.fmax(waited_s, slowest_s) if slowest_s else math.inf
    return np.where(np.isinf(seconds), least, seconds)


def summarise_times(seconds: Values, counted: Values | None = None) -> Times:
    """Summarise one kind of time, in which failures are infinite; the mean is that of ``counted`` where given.

    References:
        For what was never answered as infinitely late, and for counting from the intended start: Tene, How
        NOT to measure latency, Strange Loop 2015; wrk2's README on coordinated omission.
    """
    ordered = np.sort(seconds)
    quantiles = {name: quantile(ordered, share) for name, share in QUANTILES.items()}
    averaged = ordered if counted is None else counted
    return Times(mean=float(averaged.mean()) if averaged.size else math.nan, **quantiles)
