"""What freshness costs: hits, stale answers and their age, under a time to live alone or with deletion on a write.

Takes a popularity, rates of reads and writes, and a lifetime; hands on the shares that follow. Reads of a key and
writes to it are Poisson processes of their own, by the same popularity, and there is room for everything.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from analysis.errors import PredictionError
from analysis.intervals import Values
from analysis.prediction import random_replacement, ttl
from analysis.prediction.key_groups import KeyGroups, group_keys
from analysis.prediction.lifetime import Lifetime

_AGE_POINTS, _AGE_WEIGHTS = np.polynomial.legendre.leggauss(24)


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshnessLaw:
    """What is to be expected of the answers to all reads.

    Attributes:
        hit_ratio: Hits as a share of reads.
        stale_ratio: Answers that a write had overtaken, as a share of all.
        age_mean_s, age_p50_s, age_p99_s: Of the stale ones: the time since the first write that the answer lacks.
            None where no answer is stale.
    """

    hit_ratio: float
    stale_ratio: float
    age_mean_s: float | None
    age_p50_s: float | None
    age_p99_s: float | None


def left_to_ttl(
    popularity: Values, *, read_rate_rps: float, write_rate_rps: float, lifetime: Lifetime
) -> FreshnessLaw:
    """Return what is to be expected where an entry stays until its time to live has passed, written or not.

    Args:
        popularity: Probability of each key at a read, and at a write; in any order, sums to 1.
        read_rate_rps: Reads a second for all keys together.
        write_rate_rps: Writes a second for all keys together; each makes what is cached of its key stale.
        lifetime: Of an entry, from its fill.

    Raises:
        PredictionError: the popularity or a rate cannot be.

    References:
        For the hits, :func:`analysis.prediction.ttl.hit_ratio`; for stale answers and ages, :func:`older_ratio`.
    """
    groups = _checked(popularity, read_rate_rps, write_rate_rps)
    stale_ratio = _older(groups, read_rate_rps, write_rate_rps, lifetime, 0.0)
    ages = _Ages(groups, read_rate_rps, write_rate_rps, lifetime, stale_ratio)
    return FreshnessLaw(
        hit_ratio=ttl.hit_ratio(popularity, rate_rps=read_rate_rps, ttl_s=lifetime.ttl_s),
        stale_ratio=stale_ratio,
        age_mean_s=ages.mean_s(),
        age_p50_s=ages.quantile_s(0.50),
        age_p99_s=ages.quantile_s(0.99),
    )


def invalidated(
    popularity: Values, *, read_rate_rps: float, write_rate_rps: float, lifetime: Lifetime
) -> FreshnessLaw:
    """Return what is to be expected where a write deletes what is cached of its key.

    An entry then lives until its time to live or the next write, whichever is first: E = (1 - e^(-mu T)) / mu on
    average, and h = lambda E / (1 + lambda E). No answer is stale but for the race of look-aside caches: a read
    that fetched the old row before the write was committed may store it after the deletion, and that entry stays
    for its time to live. How often that happens hangs on times of microseconds, which no popularity tells; it is
    measured, not predicted.

    Args:
        popularity: Probability of each key at a read, and at a write; in any order, sums to 1.
        read_rate_rps: Reads a second for all keys together.
        write_rate_rps: Writes a second for all keys together.
        lifetime: Of an entry that is not written to, from its fill.

    Raises:
        PredictionError: the popularity or a rate cannot be.

    References:
        The renewal reward theorem (Ross, Stochastic Processes, 2nd edition (1996), section 3.6). Without a time to
        live it is :func:`analysis.prediction.database_load.hit_ratio_under_writes`. Nishtala et al., Scaling
        Memcache at Facebook, NSDI 2013, section 3.2.1, for the race.
    """
    groups = _checked(popularity, read_rate_rps, write_rate_rps)
    left_s, weights = lifetime.beyond(0.0)
    present_s = lifetime.ttl_s - _written_s(groups.probabilities * write_rate_rps, left_s, weights)
    hits = random_replacement.occupancy(groups.probabilities * read_rate_rps * present_s, 1.0)
    return FreshnessLaw(
        hit_ratio=groups.share_of_requests(hits), stale_ratio=0.0, age_mean_s=None, age_p50_s=None, age_p99_s=None
    )


def older_ratio(
    popularity: Values, *, read_rate_rps: float, write_rate_rps: float, lifetime: Lifetime, age_s: float
) -> float:
    """Return the share of all answers (0 to 1) that are stale by more than ``age_s``, under a time to live alone.

    A cycle of a key is the miss that fills it and the hits until its lifetime T has passed. At u seconds from the
    fill an answer lacks a write that is more than a seconds old with probability 1 - e^(-mu (u-a)). So of the
    1 + lambda E[T] answers of a cycle, lambda times the integral of that from a to T are as old; where T is drawn,
    its mean. With a = 0 these are all that are stale, as :func:`analysis.prediction.ttl.stale_ratio` has them for
    a T that is always the same.

    Args:
        popularity: Probability of each key at a read, and at a write; in any order, sums to 1.
        read_rate_rps: Reads a second for all keys together.
        write_rate_rps: Writes a second for all keys together.
        lifetime: Of an entry, from its fill.
        age_s: Time since the first write that the answer lacks, 0 or more.

    Raises:
        PredictionError: the popularity or a rate cannot be.

    References:
        The renewal reward theorem (Ross, Stochastic Processes, 2nd edition (1996), section 3.6). For age as a
        measure of staleness, Cho and Garcia-Molina, Synchronizing a database to improve freshness, SIGMOD 2000.
    """
    groups = _checked(popularity, read_rate_rps, write_rate_rps)
    return _older(groups, read_rate_rps, write_rate_rps, lifetime, age_s)


def _checked(popularity: Values, read_rate_rps: float, write_rate_rps: float) -> KeyGroups:
    for what, rate_rps in (("reads", read_rate_rps), ("writes", write_rate_rps)):
        if not 0 <= rate_rps < math.inf:
            raise PredictionError(f"a rate of {rate_rps} {what} a second cannot be; give a number from 0 up")
    return group_keys(popularity)


def _older(
    groups: KeyGroups, read_rate_rps: float, write_rate_rps: float, lifetime: Lifetime, age_s: float
) -> float:
    left_s, weights = lifetime.beyond(age_s)
    written_s = _written_s(groups.probabilities * write_rate_rps, left_s, weights)
    reads_rps = groups.probabilities * read_rate_rps
    return groups.share_of_requests(reads_rps * written_s / (1 + reads_rps * lifetime.ttl_s))


def _written_s(writes_rps: Values, left_s: Values, weights: Values) -> Values:
    """Return for each key the mean time, of what is left of a lifetime, in which a write has come already.

    The integral of 1 - e^(-mu u) over a time x is x times the share of it that is stale.
    """
    written_s = np.zeros_like(writes_rps)
    for time_s, weight in zip(left_s.tolist(), weights.tolist(), strict=True):
        written_s += weight * time_s * ttl.staleness_ratio(writes_rps, ttl_s=time_s)
    return written_s


class _Ages:
    """The distribution of the age of stale answers."""

    def __init__(
        self, groups: KeyGroups, read_rate_rps: float, write_rate_rps: float, lifetime: Lifetime, stale: float
    ) -> None:
        self._rates = groups, read_rate_rps, write_rate_rps, lifetime
        self._lifetime = lifetime
        self._stale_ratio = stale

    def quantile_s(self, share_ratio: float) -> float | None:
        """Return the age that a share of the stale answers does not exceed."""
        if not self._stale_ratio:
            return None

        def surplus(age_s: float) -> float:
            return self._beyond(age_s) - (1 - share_ratio)

        return float(brentq(surplus, 0.0, self._lifetime.longest_s, xtol=1e-9 * self._lifetime.ttl_s))

    def mean_s(self) -> float | None:
        """Return the mean age: the integral of the share that is older, over all ages.

        References:
            Feller, An Introduction to Probability Theory and Its Applications, volume 2 (1971), section V.6.
        """
        if not self._stale_ratio:
            return None
        life = self._lifetime
        # In two pieces: at the shortest lifetime the share has a bend.
        return self._area(0.0, life.shortest_s) + self._area(life.shortest_s, life.longest_s)

    def _area(self, low_s: float, high_s: float) -> float:
        half_s = (high_s - low_s) / 2
        ages_s = low_s + half_s * (_AGE_POINTS + 1)
        return half_s * sum(
            weight * self._beyond(age_s)
            for age_s, weight in zip(ages_s.tolist(), _AGE_WEIGHTS.tolist(), strict=True)
        )

    def _beyond(self, age_s: float) -> float:
        return _older(*self._rates, age_s) / self._stale_ratio
