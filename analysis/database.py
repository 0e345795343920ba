"""What a read asked of PostgreSQL, and of the processors, by the servers' own counters."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from analysis.blocks import ARMS, CACHED, UNCACHED, BlockTable
from analysis.counters import Counters
from analysis.estimates import Estimate, over_blocks, ratios
from analysis.intervals import Values, amount_interval, log_interval, mean_interval
from analysis.legs import Leg
from analysis.run import Run

UNCOUNTED = "this stack gives no such counter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """PostgreSQL's part, from pg_stat_statements: the statement of this read alone.

    ``price_s`` is its time for one call in the uncached arm; the mappings go from arm. ``calls_saved_ratio``
    and ``time_saved_ratio`` are the shares of calls and of time that the cache takes off; ``calls_saved_rps`` is
    what the former comes to at the rate offered.
    """

    price_s: Estimate
    calls_per_request: Mapping[str, Estimate]
    time_per_request_s: Mapping[str, Estimate]
    calls_saved_ratio: Estimate
    calls_saved_rps: Estimate
    time_saved_ratio: Estimate


def measure_database(run: Run, operation: str, table: BlockTable) -> Database:
    """Estimate calls and time from the counters of each measured leg and the requests sent in it."""
    columns = _Columns(run, operation, table)
    calls = {arm: columns.per_request(arm, _calls) for arm in ARMS}
    times_s = {arm: columns.per_request(arm, _exec_time_s) for arm in ARMS}
    prices_s = ratios(columns.of(UNCACHED, _exec_time_s), columns.of(UNCACHED, _calls))
    saved_rps = columns.per_second(UNCACHED, _calls) - columns.per_second(CACHED, _calls)
    count = columns.count(CACHED) + columns.count(UNCACHED)

    def over(values: Values, unit: str) -> Estimate:
        return over_blocks(values, interval=mean_interval, unit=unit, count=count, lacking=UNCOUNTED)

    return Database(
        price_s=over_blocks(
            np.where(prices_s > 0, prices_s, math.nan),
            interval=log_interval,
            unit="s",
            count=columns.count(UNCACHED),
            lacking=UNCOUNTED,
        ),
        calls_per_request={arm: columns.amount(arm, calls[arm], "calls/request") for arm in ARMS},
        time_per_request_s={arm: columns.amount(arm, times_s[arm], "s/request") for arm in ARMS},
        calls_saved_ratio=over(1 - ratios(calls[CACHED], calls[UNCACHED]), "ratio"),
        calls_saved_rps=over(saved_rps, "1/s"),
        time_saved_ratio=over(1 - ratios(times_s[CACHED], times_s[UNCACHED]), "ratio"),
    )


def cpu_by_role(run: Run, operation: str, table: BlockTable) -> Mapping[str, Mapping[str, Estimate]]:
    """Estimate the CPU seconds a request took in each role and arm; unknown where a leg does not say."""
    columns = _Columns(run, operation, table)
    roles = sorted({role for leg in columns.legs.values() if leg.counters for role in leg.counters.cpu_s})
    return {
        role: {arm: columns.amount(arm, columns.per_request(arm, _cpu_of(role)), "s/request") for arm in ARMS}
        for role in roles
    }


Figure = Callable[[Counters], float | None]
"""Picks one figure out of a leg's counters, None where the leg does not know it."""


def _calls(counters: Counters) -> float | None:
    return None if counters.postgresql is None else counters.postgresql.calls


def _exec_time_s(counters: Counters) -> float | None:
    exec_time_ms = None if counters.postgresql is None else counters.postgresql.exec_time_ms
    return None if exec_time_ms is None else exec_time_ms / 1000


def _cpu_of(role: str) -> Figure:
    return lambda counters: counters.cpu_s.get(role)


class _Columns:
    """A figure of each block's leg, as a column aligned with the block table; NaN where it is not known."""

    def __init__(self, run: Run, operation: str, table: BlockTable) -> None:
        self.operation = operation
        self.table = table
        self.blocks = table.blocks(operation)
        self.legs: Mapping[tuple[str, int | None], Leg] = {
            (leg.arm, leg.block): leg for leg in run.measured_legs(operation)
        }

    def of(self, arm: str, figure: Figure) -> Values:
        return np.array([self._figure(arm, block, figure) for block in self.blocks], dtype=np.float64)

    def per_request(self, arm: str, figure: Figure) -> Values:
        return ratios(self.of(arm, figure), self.table.counts(self.operation, arm))

    def per_second(self, arm: str, figure: Figure) -> Values:
        """Return the figure over the time in which the leg's requests were due."""
        return ratios(self.of(arm, figure), self.table.spans_s(self.operation, arm))

    def count(self, arm: str) -> int:
        return int(self.table.counts(self.operation, arm).sum())

    def amount(self, arm: str, values: Values, unit: str) -> Estimate:
        count = self.count(arm)
        return over_blocks(values, interval=amount_interval, unit=unit, count=count, lacking=UNCOUNTED)

    def _figure(self, arm: str, block: int, figure: Figure) -> float:
        leg = self.legs.get((arm, block))
        found = None if leg is None or leg.counters is None else figure(leg.counters)
        return math.nan if found is None else found
