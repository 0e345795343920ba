"""How much load each arm carries before its latency breaks an objective, and what limited it.

Latency is the response time, from the moment a request was due: beyond capacity requests wait before they are
sent, and a time that began only then would not show it.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from analysis import format as fmt
from analysis.blocks import ARMS, CACHED, HIT, MISS, QUANTILES, UNCACHED, BlockFigures, summarise_blocks
from analysis.capacity_plan import CapacityPlan, Objective
from analysis.censoring import Censored, Located, Side, divide, locate
from analysis.crossing import FEWEST_POINTS, find_crossing
from analysis.estimates import Estimate, over_blocks, ratios, unknown
from analysis.intervals import IntervalMaker, Values, amount_interval, log_interval, share_interval
from analysis.legs import Leg
from analysis.limits import Load, measure_load
from analysis.quantiles import samples_needed
from analysis.run import CAPACITY, Run


@dataclass(frozen=True, slots=True, kw_only=True)
class RateFigures:
    """What one arm did at one offered rate; ``statistic`` is that of the objective, of the response time."""

    rate_rps: float
    requests: int
    failures: int
    statistic: Estimate
    p50: Estimate
    achieved_rps: Estimate
    hit_ratio: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockCapacity:
    """What one block alone says of a capacity; None where too many of its quantiles are refused."""

    block: int
    capacity: Censored | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmCapacity:
    """The curve of one arm, and the highest rate that keeps the objective.

    Attributes:
        rates: One for each rate offered, ascending.
        blocks: One for each block.
        capacity: The highest rate that keeps the objective, over the blocks, in 1/s.
        closed_loop_rps: What the arm carried in closed loops, whatever the latency.
        load: What the parts of the system did at the first rate that is not below the capacity.
    """

    rates: tuple[RateFigures, ...]
    blocks: tuple[BlockCapacity, ...]
    capacity: Located
    closed_loop_rps: float | None
    load: Load


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """What was found about one read; ``ratio`` is the cached arm's capacity over the uncached, by block."""

    operation: str
    route: str
    objective: Objective
    blocks: int
    arms: Mapping[str, ArmCapacity]
    ratio: Located


def measure_capacity(run: Run, left_out: Collection[tuple[str, int]] = ()) -> tuple[Capacity, ...]:
    """Return the capacities of every read for which they were sought.

    Args:
        run: The whole run.
        left_out: Blocks of the search that are to have no part in it, each as operation and number.
    """
    if not run.manifest.capacity:
        return ()
    samples = run.in_blocks(CAPACITY)
    return tuple(
        _measure(run, plan, samples[samples["operation"] == plan.operation], left_out)
        for plan in run.manifest.capacity
    )


def _measure(
    run: Run, plan: CapacityPlan, samples: pd.DataFrame, left_out: Collection[tuple[str, int]]
) -> Capacity:
    measured = {leg.block for leg in run.measured_legs(plan.operation, CAPACITY) if leg.block is not None}
    blocks = sorted(block for block in measured if (plan.operation, block) not in left_out)
    arms = {arm: _measure_arm(run, plan, arm, blocks, samples) for arm in ARMS}
    return Capacity(
        operation=plan.operation,
        route=plan.route,
        objective=plan.objective,
        blocks=len(blocks),
        arms=arms,
        ratio=_ratio(arms),
    )


def _measure_arm(run: Run, plan: CapacityPlan, arm: str, blocks: list[int], samples: pd.DataFrame) -> ArmCapacity:
    rates_rps = plan.rates_rps.get(arm, ())
    kept = [leg for leg in run.measured_legs(plan.operation, CAPACITY) if leg.arm == arm and leg.block in blocks]
    legs = {rate_rps: [leg for leg in kept if _offered(leg, rate_rps)] for rate_rps in rates_rps}
    steps = [
        _Step(rate_rps=rate_rps, arm=arm, blocks=blocks, samples=_of_legs(samples, legs[rate_rps]))
        for rate_rps in rates_rps
    ]
    found = _blocks(steps, plan.objective, blocks)
    capacity = _locate(found, plan.objective, count=sum(step.requests for step in steps))
    at_rps = _rate_at(rates_rps, capacity)
    return ArmCapacity(
        rates=tuple(step.figures(plan.objective.statistic) for step in steps),
        blocks=found,
        capacity=capacity,
        closed_loop_rps=plan.closed_loop_rps.get(arm),
        load=measure_load(run.manifest, legs.get(at_rps, ()), _of_legs(samples, legs.get(at_rps, ())), at_rps),
    )


def _offered(leg: Leg, rate_rps: float) -> bool:
    return leg.offered_rate_rps is not None and math.isclose(leg.offered_rate_rps, rate_rps)


def _of_legs(samples: pd.DataFrame, legs: Sequence[Leg]) -> pd.DataFrame:
    return samples[samples["leg"].isin([leg.leg for leg in legs])]


class _Step:
    """One arm at one rate: a value a block of whatever is asked, NaN where the block lacks it."""

    def __init__(self, *, rate_rps: float, arm: str, blocks: list[int], samples: pd.DataFrame) -> None:
        self.rate_rps = rate_rps
        self.requests = len(samples)
        self._arm, self._blocks = arm, blocks
        self._rows = {(row.population, row.block): row for row in summarise_blocks(samples).rows}

    def response(self, statistic: str) -> Values:
        return np.array(
            [math.nan if row is None else getattr(row.response, statistic) for row in self._in_order(self._arm)]
        )

    def figures(self, statistic: str) -> RateFigures:
        rows = [row for row in self._in_order(self._arm) if row is not None]
        return RateFigures(
            rate_rps=self.rate_rps,
            requests=self.requests,
            failures=sum(row.failures for row in rows),
            statistic=self._time(statistic),
            p50=self._time("p50"),
            achieved_rps=self._over(self._achieved_rps(), amount_interval, "1/s"),
            hit_ratio=self._hit_ratio(),
        )

    def _time(self, statistic: str) -> Estimate:
        return self._over(self.response(statistic), log_interval, "s", self._refusal(statistic))

    def _achieved_rps(self) -> Values:
        rows = self._in_order(self._arm)
        return np.array(
            [math.nan if row is None or not row.span_s else row.answered_in_time / row.span_s for row in rows]
        )

    def _hit_ratio(self) -> Estimate:
        if self._arm != CACHED:
            return unknown("ratio", "without the cache nothing is looked up")
        hits, misses = (self._counts(outcome) for outcome in (HIT, MISS))
        return self._over(ratios(hits, hits + misses), share_interval, "ratio")

    def _counts(self, population: str) -> Values:
        return np.array([0.0 if row is None else row.count for row in self._in_order(population)])

    def _in_order(self, population: str) -> list[BlockFigures | None]:
        return [self._rows.get((population, block)) for block in self._blocks]

    def _over(self, values: Values, interval: IntervalMaker, unit: str, lacking: str = "not measured") -> Estimate:
        return over_blocks(values, interval=interval, unit=unit, count=self.requests, lacking=lacking)

    def _refusal(self, statistic: str) -> str:
        return _lacking(statistic) if self.requests else "not measured"


def _blocks(steps: Sequence[_Step], objective: Objective, blocks: list[int]) -> tuple[BlockCapacity, ...]:
    rates_rps = np.array([step.rate_rps for step in steps])
    curves = np.array([step.response(objective.statistic) for step in steps]).reshape(len(steps), len(blocks))
    return tuple(
        BlockCapacity(block=block, capacity=find_crossing(rates_rps, curve_s, objective.limit_s))
        for block, curve_s in zip(blocks, curves.T, strict=True)
    )


def _locate(found: Sequence[BlockCapacity], objective: Objective, count: int) -> Located:
    return locate(
        [each.capacity for each in found],
        unit="1/s",
        count=count,
        lacking=f"fewer than {FEWEST_POINTS} rates have a {objective.statistic}; {_lacking(objective.statistic)}",
        say=partial(_say_rate, objective),
    )


def _ratio(arms: Mapping[str, ArmCapacity]) -> Located:
    pairs = zip(*(arms[arm].blocks for arm in (CACHED, UNCACHED)), strict=True)
    return locate(
        [
            divide(cached.capacity, uncached.capacity) if cached.capacity and uncached.capacity else None
            for cached, uncached in pairs
        ],
        unit="ratio",
        count=sum(arms[arm].capacity.estimate.count for arm in ARMS),
        lacking="the capacities of both arms lie beyond the rates that were offered, on the same side",
        say=_say_ratio,
    )


def _rate_at(rates_rps: Sequence[float], capacity: Located) -> float:
    """Return the first rate that is not below the capacity, or not below what is known of it; else the highest."""
    known = [capacity.estimate.value, capacity.below, capacity.at_least]
    wanted_rps = next((each for each in known if each is not None), math.inf)
    above = [rate_rps for rate_rps in rates_rps if rate_rps >= wanted_rps * (1 - 1e-9)]
    return min(above, default=max(rates_rps, default=0.0))


def _lacking(statistic: str) -> str:
    needed = samples_needed(QUANTILES[statistic]) if statistic in QUANTILES else 1
    return f"needs {fmt.plural(needed, 'sample')} a block"


def _say_rate(objective: Objective, found: Censored) -> str:
    if found.side is Side.AT_LEAST:
        return f"kept {objective.text} at {fmt.per_second(found.value)}, the highest rate offered"
    return f"broke {objective.text} at {fmt.per_second(found.value)}, the lowest rate offered"


def _say_ratio(found: Censored) -> str:
    return f"know only that it is {found.side.value} {fmt.ratio(found.value)}"
