"""Blocks → estimates: everything that is found about one read."""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis import format as fmt
from analysis.blocks import ARMS, CACHED, HIT, MISS, POPULATIONS, QUANTILES, STATISTICS, UNCACHED, BlockTable
from analysis.database import Database, cpu_by_role, measure_database
from analysis.estimates import Estimate, over_blocks, ratios
from analysis.intervals import Values, amount_interval, log_interval, share_interval
from analysis.manifest import Read
from analysis.prediction.break_even import BreakEven, break_even
from analysis.quantiles import samples_needed
from analysis.run import Run
from analysis.self_test import StoppedBy
from analysis.sign_flip import NO_OPINION, SecondOpinion, second_opinion

ByStatistic = Mapping[str, Estimate]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeedUp:
    """How many times as fast answers come with the cache: the time without it over the time with it.

    ``mean`` is the headline, since it weighs hits and misses as they came; the quantiles stand beside it.
    ``hit`` and ``miss`` set the mean of uncached answers against that of hits alone and of misses alone.
    """

    mean: Estimate
    p50: Estimate
    p95: Estimate
    p99: Estimate
    p999: Estimate
    hit: Estimate
    miss: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """How late requests left (intended to sent), over all measured requests of an arm, in seconds.

    None where so many were never sent that the quantile is one of them.
    """

    p50_s: float | None
    p99_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadResult:
    """What was found about one read. Times in seconds, rates a second, shares from 0 to 1.

    The mappings go from population (hit, miss, cached, uncached) to statistic (mean, p50, p95, p99, p999) for the
    times, from the fields of the speed-up to the sign-flip test of each for the second opinion, from arm to
    outcome for the requests, from arm for throughput, errors and lag, from role to arm for the CPU.
    """

    operation: str
    route: str
    hit_ratio: Estimate
    price_s: Estimate
    speed_up: SpeedUp
    second_opinion: Mapping[str, SecondOpinion]
    response_time: Mapping[str, ByStatistic]
    service_time: Mapping[str, ByStatistic]
    lag: Mapping[str, Lag]
    requests: Mapping[str, Mapping[str, int]]
    error_ratio: Mapping[str, Estimate]
    offered_rps: float
    achieved_rps: Mapping[str, Estimate]
    database: Database
    cpu_per_request_s: Mapping[str, Mapping[str, Estimate]]
    break_even: BreakEven
    stopping: StoppedBy | None = None


def measure_read(run: Run, read: Read, samples: pd.DataFrame, table: BlockTable) -> ReadResult:
    """Make every estimate of one read.

    Args:
        run: Gives the counters of the legs.
        read: The read in question.
        samples: Its measured samples.
        table: The block figures of the whole run.
    """
    operation = read.operation
    database = measure_database(run, operation, table)
    speed_ups = {name: _speed_up(table, operation, name) for name in _SPEED_UPS}
    return ReadResult(
        operation=operation,
        route=read.route,
        hit_ratio=_hit_ratio(table, operation),
        price_s=database.price_s,
        speed_up=SpeedUp(**speed_ups),
        second_opinion={
            name: _second_opinion(found, _speed_ups(table, operation, name)) for name, found in speed_ups.items()
        },
        response_time=_times(table, operation, "response"),
        service_time=_times(table, operation, "service"),
        lag={arm: _lag(samples[samples["arm"] == arm]) for arm in ARMS},
        requests={arm: _outcomes(samples[samples["arm"] == arm]) for arm in ARMS},
        error_ratio={arm: _error_ratio(table, operation, arm) for arm in ARMS},
        offered_rps=read.offered_rate_rps,
        achieved_rps={arm: _achieved(table, operation, arm) for arm in ARMS},
        database=database,
        cpu_per_request_s=cpu_by_role(run, operation, table),
        break_even=break_even(
            *(table.column(operation, each, "response", "mean") for each in (HIT, MISS, UNCACHED))
        ),
        stopping=read.stopping,
    )


def hit_ratios(table: BlockTable, operation: str) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """Return the share of hits among hits and misses in each block; NaN for a block without either."""
    hits, misses = table.counts(operation, HIT), table.counts(operation, MISS)
    return ratios(hits, hits + misses)


def _hit_ratio(table: BlockTable, operation: str) -> Estimate:
    count = int(table.counts(operation, HIT).sum() + table.counts(operation, MISS).sum())
    lacking = "an answer says neither hit nor miss"
    values = hit_ratios(table, operation)
    return over_blocks(values, interval=share_interval, unit="ratio", count=count, lacking=lacking)


def _times(table: BlockTable, operation: str, time: str) -> Mapping[str, ByStatistic]:
    return {
        population: {
            statistic: over_blocks(
                table.column(operation, population, time, statistic),
                interval=log_interval,
                unit="s",
                count=int(table.counts(operation, population).sum()),
                lacking=_refusal(table, operation, statistic, (population,)),
                remark=_remark(table, operation, statistic, (population,)),
            )
            for statistic in STATISTICS
        }
        for population in POPULATIONS
    }


_SPEED_UPS = {name: (CACHED, name) for name in STATISTICS} | {name: (name, "mean") for name in (HIT, MISS)}
"""For each speed-up: what uncached answers are set against, and the statistic of both."""


def _speed_up(table: BlockTable, operation: str, name: str) -> Estimate:
    population, statistic = _SPEED_UPS[name]
    pair = (UNCACHED, population)
    return over_blocks(
        _speed_ups(table, operation, name),
        interval=log_interval,
        unit="ratio",
        count=int(sum(table.counts(operation, each).sum() for each in pair)),
        lacking=_refusal(table, operation, statistic, pair),
        remark=_remark(table, operation, statistic, pair),
    )


def _second_opinion(ratio: Estimate, values: Values) -> SecondOpinion:
    """Test the blocks that an estimate is made from; there is no opinion on one that was refused."""
    return NO_OPINION if ratio.value is None else second_opinion(values[np.isfinite(values)])


def _speed_ups(table: BlockTable, operation: str, name: str) -> Values:
    population, statistic = _SPEED_UPS[name]
    return ratios(*(table.column(operation, each, "response", statistic) for each in (UNCACHED, population)))


def _remark(table: BlockTable, operation: str, statistic: str, populations: tuple[str, ...]) -> str | None:
    """Return how failures are counted in a mean, where there are any."""
    failed = int(sum(table.failures(operation, each).sum() for each in populations))
    if statistic != "mean" or not failed:
        return None
    return (
        f"{fmt.count(failed)} failed; each is counted as slow as the slowest answer of the run, or as long as it "
        "was waited for: the least that it can be said to have taken"
    )


def _refusal(table: BlockTable, operation: str, statistic: str, populations: tuple[str, ...]) -> str:
    needed = samples_needed(QUANTILES[statistic]) if statistic in QUANTILES else 1
    smallest = min((int(n) for each in populations for n in table.counts(operation, each)), default=0)
    return f"needs {needed:,} {'sample' if needed == 1 else 'samples'} a block; the smallest has {smallest:,}"


def _outcomes(samples: pd.DataFrame) -> Mapping[str, int]:
    return dict(sorted(Counter(samples["outcome"].astype(str)).items()))


def _lag(samples: pd.DataFrame) -> Lag:
    # What was never sent is infinitely late.
    lags = samples["lag_s"].fillna(math.inf).to_numpy()
    if not lags.size:
        return Lag(p50_s=None, p99_s=None)
    p50, p99 = (float(lag) for lag in np.quantile(lags, (0.50, 0.99), method="inverted_cdf"))
    return Lag(p50_s=_finite(p50), p99_s=_finite(p99))


def _finite(seconds: float) -> float | None:
    return seconds if math.isfinite(seconds) else None


def _error_ratio(table: BlockTable, operation: str, arm: str) -> Estimate:
    counts = table.counts(operation, arm)
    shares = ratios(table.failures(operation, arm), counts)
    return over_blocks(shares, interval=share_interval, unit="ratio", count=int(counts.sum()))


def _achieved(table: BlockTable, operation: str, arm: str) -> Estimate:
    count = int(table.counts(operation, arm).sum())
    rates = table.achieved_rps(operation, arm)
    return over_blocks(rates, interval=amount_interval, unit="1/s", count=count)
