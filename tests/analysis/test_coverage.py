"""Intervals held to what they promise, in thousands of simulated runs that are hard in the ways of real ones.

What is varied: a level that both arms of a block share, drawn anew for each block or wandering from one to the
next; a level of each leg's own, which makes its requests resemble each other; heavy tails; hits and misses mixed.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from scipy import stats

from analysis.intervals import Values, log_interval, paired_ratio_interval
from analysis.quantiles import quantile_interval, samples_needed
from analysis.sign_flip import LEVEL, sign_flip_p
from analysis.stopping import StoppingRule

RUNS = 2_000
NARROWEST, WIDEST = 0.92, 0.98


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """How a run is made; noises are standard deviations of logarithms.

    Attributes:
        shared_noise, memory: Level that both arms of a block share, and its correlation from block to block.
        leg_noise: Level of each leg's own.
        tail: Standard deviation of the logarithm of one time within its leg.
        hit_ratio: Share of the cached arm's requests that take a tenth of the time; None mixes nothing.
        speed_up: True ratio of the means of misses and uncached requests.
    """

    shared_noise: float = 0.10
    memory: float = 0.0
    leg_noise: float = 0.03
    tail: float = 0.4
    hit_ratio: float | None = None
    speed_up: float = 1.25

    @property
    def truth(self) -> float:
        """The true ratio of the two arms' means."""
        return self.speed_up / (1.0 if self.hit_ratio is None else 1.0 - 0.9 * self.hit_ratio)

    def run(self, rng: np.random.Generator, blocks: int, requests: int, runs: int = RUNS) -> tuple[Values, Values]:
        """Return the times of the uncached and of the cached arm, by run, block and request."""
        shared = self._shared(rng, runs, blocks)
        arms = []
        for scale in (self.speed_up, 1.0):
            leg = shared + rng.normal(0.0, self.leg_noise, (runs, blocks))
            # The mean of exp(N(-s²/2, s²)) is 1.
            within = rng.normal(-(self.tail**2) / 2, self.tail, (runs, blocks, requests))
            arms.append(scale * np.exp(leg[..., None] + within))
        if self.hit_ratio is not None:
            arms[1] *= np.where(rng.random(arms[1].shape) < self.hit_ratio, 0.1, 1.0)
        return arms[0], arms[1]

    def _shared(self, rng: np.random.Generator, runs: int, blocks: int) -> Values:
        steps = rng.normal(0.0, self.shared_noise, (runs, blocks))
        for block in range(1, blocks):
            steps[:, block] = self.memory * steps[:, block - 1] + math.sqrt(1 - self.memory**2) * steps[:, block]
        return steps


WORLDS = {
    "both arms the same": World(speed_up=1.0),
    "drift": World(),
    "drift that wanders": World(memory=0.9),
    "heavy tails": World(tail=1.2),
    "hits and misses": World(hit_ratio=0.7, memory=0.5),
    "requests alike within a leg": World(leg_noise=0.15),
    "all of it": World(memory=0.8, leg_noise=0.10, tail=1.0, hit_ratio=0.6),
}


def held(truth: float, intervals: list[tuple[float, float]]) -> float:
    return float(np.mean([low <= truth <= high for low, high in intervals]))


def over_blocks(uncached: Values, cached: Values) -> tuple[float, float]:
    found = paired_ratio_interval(uncached.mean(axis=-1), cached.mean(axis=-1))
    return found.low or 0.0, found.high or math.inf


def over_requests(uncached: Values, cached: Values) -> tuple[float, float]:
    """The naive interval: every request as if it were independent of all others."""
    logs = math.log(uncached.mean() / cached.mean())
    variances = [np.var(arm, ddof=1) / arm.size / arm.mean() ** 2 for arm in (uncached, cached)]
    half_width = stats.norm.ppf(0.975) * math.sqrt(sum(variances))
    return math.exp(logs - half_width), math.exp(logs + half_width)


@pytest.mark.parametrize("blocks", [6, 9, 20])
@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
def test_the_paired_interval_over_blocks_holds_the_truth_95_times_in_100(world: World, blocks: int) -> None:
    arms = world.run(np.random.default_rng(blocks), blocks, 60)
    coverage = held(world.truth, list(map(over_blocks, *arms)))
    assert NARROWEST <= coverage <= WIDEST


@pytest.mark.slow
@pytest.mark.parametrize("blocks", [6, 12])
@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
def test_ten_thousand_runs_bring_the_coverage_nearer_to_95(world: World, blocks: int) -> None:
    arms = world.run(np.random.default_rng(1_000 + blocks), blocks, 60, runs=10_000)
    assert 0.935 <= held(world.truth, list(map(over_blocks, *arms))) <= 0.965


def test_requests_taken_as_independent_hold_the_truth_far_less_often() -> None:
    """The proof that the block is needed: the same runs, and only the unit differs."""
    world = WORLDS["requests alike within a leg"]
    arms = world.run(np.random.default_rng(1), 10, 100)
    assert held(world.truth, list(map(over_requests, *arms))) < 0.60
    assert NARROWEST <= held(world.truth, list(map(over_blocks, *arms))) <= WIDEST


def test_pairing_is_what_keeps_a_shared_drift_out_of_the_interval() -> None:
    world = WORLDS["drift"]
    uncached, cached = (arm.mean(axis=-1) for arm in world.run(np.random.default_rng(2), 10, 100))
    apart = np.random.default_rng(3).permuted(cached, axis=1)
    widths = [
        np.mean([width(paired_ratio_interval, *pair) for pair in zip(uncached, other, strict=True)])
        for other in (cached, apart)
    ]
    assert widths[0] < 0.5 * widths[1]


def width(interval: Callable[..., object], *arms: Values) -> float:
    found = interval(*arms)
    return math.log(found.high / found.low)


@pytest.mark.parametrize("extra", [0, 1_000])
@pytest.mark.parametrize("share", [0.50, 0.95, 0.99, 0.999])
def test_order_statistics_bound_a_quantile_of_any_distribution(share: float, extra: int) -> None:
    rng = np.random.default_rng(int(1_000 * share) + extra)
    size = samples_needed(share) + extra
    runs = min(RUNS, 4_000_000 // size)
    # Heavy-tailed, with two humps: what a cache makes of latencies.
    samples = np.sort(np.where(rng.random((runs, size)) < 0.6, 0.1, 1.0) * (1 + rng.pareto(2.5, (runs, size))))
    truth = two_humps(share)
    bounds = [quantile_interval(ordered, share) for ordered in samples]
    coverage = held(truth, [(found.low, found.high) for found in bounds])
    # Exact from below: whole ranks can only give more than was asked for.
    assert 0.95 - 3 * math.sqrt(0.05 * 0.95 / runs) <= coverage <= 0.995


def two_humps(share: float) -> float:
    """Return the true quantile of the mixture: 0.6 of a Pareto from 0.1 up, 0.4 of one from 1 up."""

    def below(time: float) -> float:
        return sum(part * (1 - max(1.0, time / least) ** -2.5) for part, least in ((0.6, 0.1), (0.4, 1.0)))

    low, high = 0.1, 1_000.0
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if below(middle) < share else (low, middle)
    return low


@pytest.mark.parametrize("leg_noise", [0.05, 0.07, 0.085])
def test_stopping_by_the_rule_costs_little_coverage(leg_noise: float) -> None:
    """The hardest is where it stops at some 20 blocks of at most 32; the noises lie on both sides of it."""
    world = World(leg_noise=leg_noise, memory=0.8, tail=0.2)
    rule = StoppingRule(target_ratio=0.05, cap_blocks=32)
    uncached, cached = (arm.mean(axis=-1) for arm in world.run(np.random.default_rng(7), 32, 40))
    ratios = uncached / cached
    stopped = [stopped_run(rule, column) for column in ratios]
    bounds = [log_interval(column) for column in stopped]
    coverage = held(world.truth, [(found.low or 0.0, found.high or math.inf) for found in bounds])
    assert NARROWEST <= coverage <= WIDEST
    assert 8 < np.mean([column.size for column in stopped]) < 28


def stopped_run(rule: StoppingRule, column: Values) -> Values:
    """Add block after block, as the lab does, until the rule says that the last one was the last."""
    return next(column[:blocks] for blocks in range(1, column.size + 1) if rule.stops([column[:blocks]]))


@pytest.mark.parametrize("blocks", [6, 8, 13, 20])
@pytest.mark.parametrize("name", ["both arms the same", "requests alike within a leg"])
def test_the_sign_flip_test_rejects_the_truth_no_more_than_5_times_in_100(name: str, blocks: int) -> None:
    world = WORLDS[name]
    uncached, cached = (arm.mean(axis=-1) for arm in world.run(np.random.default_rng(blocks), blocks, 50))
    logs = np.log(uncached / cached) - math.log(world.truth)
    rejected = np.mean([sign_flip_p(column) <= LEVEL for column in logs])
    assert rejected <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / RUNS)
    # And it does reject: a test that never did would be of no use as an opinion.
    assert np.mean([sign_flip_p(column + 3 * column.std()) <= LEVEL for column in logs]) > 0.9
