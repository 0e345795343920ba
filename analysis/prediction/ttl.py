"""A cache whose entries die of age alone: takes a popularity, rates and a time to live, gives hits and staleness.

Requests for a key are a Poisson process of its own, updates another; there is room for everything.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from analysis.errors import PredictionError
from analysis.intervals import Values
from analysis.prediction import lru, random_replacement
from analysis.prediction.characteristic_time import exposure
from analysis.prediction.key_groups import group_keys
from analysis.prediction.popularity import checked_popularity

_SMALL = 1e-3
"""Below it the staleness is summed as a series: the closed form would subtract two nearly equal numbers."""


def hit_ratio(popularity: Values, *, rate_rps: float, ttl_s: float) -> float:
    """Return the hit ratio (0 to 1) when an entry lives ``ttl_s`` seconds from its fill.

    A cycle of a key is the miss that fills it and the hits until it expires, lambda T of them on average:
    h = lambda T / (1 + lambda T). Where the time to live is drawn anew for each entry (jitter), T is its mean, and
    that is exact too.

    Args:
        popularity: Probability of each key, in any order; sums to 1.
        rate_rps: Requests a second for all keys together.
        ttl_s: From fill to expiry; infinity keeps for ever.

    Raises:
        PredictionError: the popularity, the rate or the time to live cannot be.

    References:
        Jung, Berger and Balakrishnan, Modeling TTL-based Internet caches, INFOCOM 2003.
    """
    check_rate_and_ttl(rate_rps, ttl_s)
    groups = group_keys(popularity)
    return groups.share_of_requests(random_replacement.occupancy(groups.probabilities * rate_rps, ttl_s))


def hit_probabilities(popularity: Values, *, rate_rps: float, ttl_s: float) -> Values:
    """Return the hit probability of each key (0 to 1) when an entry lives ``ttl_s`` seconds from its fill.

    Raises:
        PredictionError: the popularity, the rate or the time to live cannot be.

    References:
        As for :func:`hit_ratio`.
    """
    check_rate_and_ttl(rate_rps, ttl_s)
    return random_replacement.occupancy(checked_popularity(popularity) * rate_rps, ttl_s)


def sliding_hit_ratio(popularity: Values, *, rate_rps: float, ttl_s: float) -> float:
    """Return the hit ratio (0 to 1) when every hit starts the time to live anew.

    A request is a hit if the one before it came less than T ago: h = 1 - e^(-lambda T).

    Args:
        popularity: Probability of each key, in any order; sums to 1.
        rate_rps: Requests a second for all keys together.
        ttl_s: From the last request to expiry; infinity keeps for ever.

    Raises:
        PredictionError: the popularity, the rate or the time to live cannot be.

    References:
        Fofack, Nain, Neglia and Towsley, Performance evaluation of hierarchical TTL-based cache networks, Computer
        Networks 65 (2014).
    """
    check_rate_and_ttl(rate_rps, ttl_s)
    groups = group_keys(popularity)
    return groups.share_of_requests(lru.occupancy(groups.probabilities * rate_rps, ttl_s))


def sliding_hit_probabilities(popularity: Values, *, rate_rps: float, ttl_s: float) -> Values:
    """Return the hit probability of each key (0 to 1) when every hit starts the time to live anew.

    Raises:
        PredictionError: the popularity, the rate or the time to live cannot be.

    References:
        As for :func:`sliding_hit_ratio`.
    """
    check_rate_and_ttl(rate_rps, ttl_s)
    return lru.occupancy(checked_popularity(popularity) * rate_rps, ttl_s)


def staleness_ratio(updates_rps: ArrayLike, *, ttl_s: float) -> Values:
    """Return the share of hits (0 to 1) that are stale where updates do not invalidate.

    An entry is fresh at its fill, and after s seconds stale with probability 1 - e^(-mu s). A Poisson process of
    hits meets every age below T alike, so the share is the mean of that: 1 - (1 - e^(-mu T)) / (mu T). It does not
    depend on the rate of the reads; for a key that is asked for all the time it is the share of all answers.

    Args:
        updates_rps: mu, updates a second of one key or of each.
        ttl_s: From fill to expiry. A time to live that hits renew has no such bound: a hot key then stays stale.

    Returns:
        One value for each that was given.

    Raises:
        PredictionError: a rate or the time to live cannot be.

    References:
        Cho and Garcia-Molina, Synchronizing a database to improve freshness, SIGMOD 2000.
    """
    rates = np.asarray(updates_rps, dtype=np.float64)
    if not (np.isfinite(rates).all() and (rates >= 0).all()):
        raise PredictionError("a rate of updates is negative or not finite; give 0 or more a second for each key")
    check_rate_and_ttl(0.0, ttl_s)
    updates = exposure(rates, ttl_s)
    with np.errstate(divide="ignore", invalid="ignore"):
        closed = 1 + np.expm1(-updates) / updates
    series = updates / 2 * (1 - updates / 3 * (1 - updates / 4))
    return np.where(updates < _SMALL, series, closed)


def stale_ratio(popularity: Values, *, rate_rps: float, updates_rps: ArrayLike, ttl_s: float) -> float:
    """Return the share of all answers (0 to 1) that are stale, under a time to live from the fill.

    A miss is fresh, and a hit is stale with the :func:`staleness_ratio` of its key: the sum of p h times that.

    Args:
        popularity: Probability of each key, in any order; sums to 1.
        rate_rps: Requests a second for all keys together.
        updates_rps: Updates a second of each key, in the same order, or one value for all of them.
        ttl_s: From fill to expiry; infinity keeps for ever.

    Raises:
        PredictionError: the popularity, a rate or the time to live cannot be.

    References:
        As for :func:`staleness_ratio`; the product is the stale hits expected a cycle over its requests, by the
        renewal reward theorem (Ross, Stochastic Processes, 2nd edition (1996), section 3.6).
    """
    probabilities = checked_popularity(popularity)
    hits = hit_probabilities(probabilities, rate_rps=rate_rps, ttl_s=ttl_s)
    stale = staleness_ratio(updates_rps, ttl_s=ttl_s)
    if stale.shape not in ((), probabilities.shape):
        raise PredictionError(
            f"{stale.size} rates of updates for {probabilities.size} keys do not match; give one, or one a key"
        )
    return float(probabilities @ (hits * stale))


def check_rate_and_ttl(rate_rps: float, ttl_s: float) -> None:
    """Say what is wrong with a rate or a time to live.

    Raises:
        PredictionError: the rate is negative or not finite, or the time to live negative or unknown.
    """
    if not 0 <= rate_rps < math.inf:
        raise PredictionError(f"a rate of {rate_rps} requests a second cannot be; give a number from 0 up")
    if not ttl_s >= 0:
        raise PredictionError(f"a time to live of {ttl_s} s cannot be; give 0 or more")
