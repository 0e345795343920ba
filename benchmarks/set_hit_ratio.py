"""Pairs of legs, through the cache and past it, at a hit ratio that is set: takes a stack, hands on means."""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import click
import numpy as np
import pandas as pd
import redis

from analysis.blocks import CACHED, HIT, MISS, UNCACHED
from analysis.samples import read_samples
from benchmarks.lab_worker import LEG
from lab.generator import Generator, LegSummary, running_generator
from lab.precedence import Precedence
from lab.stacks.interface import Stack
from loadtests.traffic import Leg
from loadtests.worker_settings import WorkerSettings

CONNECTIONS = 16
CAPACITY_S = 3.0
ARMS = (CACHED, UNCACHED)
OVERRUN_RATIO, OVERRUN_S = 0.1, 0.05
"""By how much of its length, and at least how long, the last answer of a leg may come after its schedule."""
MOST_REPEATS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """How pairs are made.

    Attributes:
        hit_ratios: what is set, ascending.
        rounds: how often each of them has a pair.
        users: users in the data set, all of which are asked for.
        warm_keys: how many of them have their answers in the cache.
        leg_s: length of a leg.
        load_ratio: the rate, as a share of what the uncached arm carries.
        seed: of the keys and of every order.
    """

    hit_ratios: tuple[float, ...]
    rounds: int = 30
    users: int = 20_000
    warm_keys: int = 2_000
    leg_s: float = 0.5
    load_ratio: float = 0.15
    seed: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Mean response times of one pair, in seconds; NaN for what it had none of."""

    round: int
    hit_ratio: float
    hits_s: float
    misses_s: float
    cached_s: float
    uncached_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A pair to be sent: where its keys begin in the trace, its arms in turn, and its first leg."""

    round: int
    hit_ratio: float
    key_start: int
    arms: tuple[str, ...]
    first_leg: int


class PairSender:
    """Sends the pairs of one read on a running stack; its samples are whole when it has ended.

    Attributes:
        rate_rps: what every leg is offered.
        repeats: pairs that were sent again, since a leg was not done in time: at so small a rate that is somebody
            else's doing, and its times are those of the queue that he left.
    """

    def __init__(self, stack: Stack, generator: Generator, folder: Path, read: str, setting: Setting) -> None:
        self._generator, self._precedence = generator, Precedence(stack)
        self._redis = redis.Redis.from_url(stack.endpoints.redis_url)
        self._trace = folder / "keys.trace"
        self._setting = setting
        self._leg = replace(
            LEG, operation=read, connections=CONNECTIONS, working_set_keys=setting.users, users=setting.users
        )
        self._random = np.random.default_rng(setting.seed)
        self._legs = self.repeats = 0
        self.rate_rps = setting.load_ratio * self._capacity_rps()
        self._requests = max(2, round(self.rate_rps * setting.leg_s))

    def send(self) -> Iterator[Planned]:
        """Fill the cache and send every round; yield each pair as it has been sent."""
        pairs = self._plan()
        self._redis.flushall()
        self._send(CACHED, 0, self._setting.warm_keys)
        warm = set(self._redis.keys())
        for pair in pairs:
            yield self._send_in_time(pair, warm)

    def _send_in_time(self, pair: Planned, warm: "set[bytes | str]") -> Planned:
        """Send a pair, again where either leg was not done in time, and return it as it was sent last."""
        for _ in range(1 + MOST_REPEATS):
            sent = replace(pair, first_leg=self._legs)
            if all(self._send_arm(pair, arm, warm) for arm in pair.arms):
                return sent
            self.repeats += 1
        raise click.ClickException(
            f"{1 + MOST_REPEATS} times in turn a leg was not done in time at {self.rate_rps:,.0f} requests a "
            f"second, {self._setting.load_ratio:.0%} of capacity; measure when nothing else keeps the machine busy"
        )

    def _send_arm(self, pair: Planned, arm: str, warm: "set[bytes | str]") -> bool:
        """Send one leg and return whether it was done in time."""
        summary = self._send(arm, pair.key_start, self._requests)
        if arm == CACHED:
            self._check(pair, summary)
            self._take_out(set(self._redis.keys()) - warm)
        planned_s = self._requests / self.rate_rps
        return summary.seconds - planned_s <= max(OVERRUN_RATIO * planned_s, OVERRUN_S)

    def _capacity_rps(self) -> float:
        """Return what the uncached arm carries; its reads also warm the database."""
        closed = replace(self._leg, arrivals="closed", popularity="uniform", phase="ramp", block=None)
        summary = self._order(replace(closed, arm=UNCACHED, treatment=UNCACHED, duration_s=CAPACITY_S))
        return summary.outcomes["bypass"] / summary.seconds

    def _plan(self) -> list[Planned]:
        """Draw the keys of all pairs into one trace, so that a key has the same user throughout."""
        users = self._setting.users
        keys, pairs = [np.arange(users)], list[Planned]()
        for number in range(self._setting.rounds):
            for hit_ratio in self._random.permutation(self._setting.hit_ratios):
                arms = tuple(str(arm) for arm in self._random.permutation(ARMS))
                start = users + self._requests * len(pairs)
                pairs.append(
                    Planned(round=number, hit_ratio=float(hit_ratio), key_start=start, arms=arms, first_leg=0)
                )
                keys.append(self._keys(float(hit_ratio)))
        np.concatenate(keys).astype("<u4").tofile(self._trace)
        return pairs

    def _keys(self, hit_ratio: float) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
        hits = round(hit_ratio * self._requests)
        warm = self._random.integers(0, self._setting.warm_keys, hits)
        cold = np.arange(self._setting.warm_keys, self._setting.users)
        if self._requests - hits > cold.size:
            raise click.ClickException(
                f"{self._requests - hits:,} misses a leg need as many keys that are not in the cache, and there "
                f"are {cold.size:,}; give fewer --seconds or a lower --load"
            )
        once = self._random.choice(cold, self._requests - hits, replace=False)
        return self._random.permutation(np.concatenate([warm, once]))

    def _send(self, arm: str, key_start: int, requests: int) -> LegSummary:
        return self._order(
            replace(
                self._leg,
                arm=arm,
                treatment=arm,
                arrivals="constant",
                rate_rps=self.rate_rps,
                duration_s=(requests + 0.5) / self.rate_rps,
                popularity=f"trace:{self._trace}",
                key_start=key_start,
            )
        )

    def _order(self, leg: Leg) -> LegSummary:
        self._precedence.claim()
        summary = self._generator.run(replace(leg, leg=self._legs, seed=(self._legs,)), lambda _: None)
        self._legs += 1
        return summary

    def _check(self, pair: Planned, summary: LegSummary) -> None:
        wanted = round(pair.hit_ratio * self._requests)
        seen = summary.outcomes.get("hit", 0)
        if seen != wanted or seen + summary.outcomes.get("miss", 0) != self._requests:
            raise click.ClickException(
                f"a leg that was to have {wanted:,} hits in {self._requests:,} requests had {summary.outcomes}; "
                "does something else use this stack, or is it overloaded?"
            )

    def _take_out(self, stored: "set[bytes | str]") -> None:
        if stored:
            self._redis.delete(*stored)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """All pairs of one read, the rate that was offered, and how many pairs were sent again."""

    rate_rps: float
    repeats: int
    pairs: list[Pair]


def measure_pairs(stack: Stack, folder: Path, read: str, setting: Setting) -> Pairs:
    """Send every pair of a read and return their means."""
    samples = folder / "samples"
    samples.mkdir(parents=True)
    settings = WorkerSettings(
        url=stack.endpoints.data_service_url,
        connections=CONNECTIONS,
        epoch_ns=time.monotonic_ns(),
        samples=str(samples / "worker-0.parquet"),
    )
    sent = []
    with running_generator(settings, folder / "generator.log") as generator:
        sender = PairSender(stack, generator, folder, read, setting)
        for pair in sender.send():
            sent.append(pair)
            rounds, rest = divmod(len(sent), len(setting.hit_ratios))
            if not rest:
                click.echo(f"{read}: round {rounds} of {setting.rounds} done", err=True)
    found = read_samples(folder)
    by_leg = {int(leg): found[found["leg"] == leg] for leg in found["leg"].unique()}
    means = [_means(pair, by_leg) for pair in sent]
    return Pairs(rate_rps=sender.rate_rps, repeats=sender.repeats, pairs=means)


def _means(pair: Planned, by_leg: dict[int, pd.DataFrame]) -> Pair:
    cached, uncached = (by_leg[pair.first_leg + pair.arms.index(arm)] for arm in ARMS)

    def mean_s(rows: pd.DataFrame) -> float:
        return float(rows["response_s"].mean()) if len(rows) else math.nan

    return Pair(
        round=pair.round,
        hit_ratio=pair.hit_ratio,
        hits_s=mean_s(cached[cached["outcome"] == HIT]),
        misses_s=mean_s(cached[cached["outcome"] == MISS]),
        cached_s=mean_s(cached),
        uncached_s=mean_s(uncached),
    )
