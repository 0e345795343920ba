"""A time to live from the fill and a limit of size together, under LRU and under random replacement.

Takes a popularity, a capacity, a rate and a time to live; hands on hit ratios. An entry that has expired is taken
to make room at once: a server that finds expired ones late holds fewer live ones, and stays below this.
"""

import math

import numpy as np
from scipy.special import lambertw

from analysis.intervals import Values
from analysis.prediction import characteristic_time, random_replacement
from analysis.prediction.characteristic_time import Occupancy, exposure
from analysis.prediction.ttl import check_rate_and_ttl

SERIES_WINDOWS = 8
"""Up to so many characteristic times within a time to live the series is summed; beyond, its leading pole."""

_DOUBLE_POLE = 1e-4
"""So near to one expected request a window the two poles all but coincide, and an expansion gives the root."""


def lru_hit_ratio(popularity: Values, capacity_keys: float, *, rate_rps: float, ttl_s: float) -> float:
    """Return the hit ratio (0 to 1) of LRU whose entries also expire ``ttl_s`` seconds after their fill.

    An entry leaves when it has not been asked for since the characteristic time t, or at age T, whichever comes
    first. A cycle of a key is a miss and the H hits until its entry leaves; h = H / (1 + H). While it is present
    hits are Poisson, so H = lambda D with D the mean time present, and the occupancy D / (D + 1/lambda) is h too.
    D is the integral from 0 to T of the chance S that no gap of t has come up yet, which satisfies S = 1 up to t,
    S(t+) = 1 - e^(-lambda t), S'(s) = -lambda e^(-lambda t) S(s-t). Hence, with a = lambda t and K = T/t,

        H = aK + sum over k from 1, while k < K, of (-1)^k ((K-k) a e^(-a))^k (a(K-k)/(k+1)! + 1/k!)

    and H = lambda T where T <= t. Without end it is e^a - 1, LRU's own. The terms alternate and grow, so beyond
    ``SERIES_WINDOWS`` windows S is its leading exponential, which changes H by less than 1e-8 of itself.

    All of this is exact for a given t. Approximate is, as in Che's formula, that t is the same for all keys and
    does not vary; it solves sum of h = capacity, and is infinite where the time to live alone keeps the cache
    smaller than that. With a time to live that varies (jitter), T is its mean and a little is lost.

    Args:
        popularity: Probability of each key, in any order; sums to 1.
        capacity_keys: What the cache holds, 0 or more.
        rate_rps: Requests a second for all keys together.
        ttl_s: From fill to expiry; infinity leaves LRU alone.

    Raises:
        PredictionError: the popularity, the capacity, the rate or the time to live cannot be.

    References:
        Che, Tung and Wang, Hierarchical Web caching systems, IEEE JSAC 20 (2002), for t. Asmussen, Applied
        Probability and Queues, 2nd edition (2003), chapter V, for renewal processes killed at their first long
        gap. The series and its leading pole are derived here, and tested by simulation.
    """
    check_rate_and_ttl(rate_rps, ttl_s)
    return characteristic_time.hit_ratio(_lru_occupancy(rate_rps, ttl_s), popularity, capacity_keys)


def lru_hit_probabilities(popularity: Values, capacity_keys: float, *, rate_rps: float, ttl_s: float) -> Values:
    """Return the hit probability of each key (0 to 1) under LRU with a time to live from the fill.

    Raises:
        PredictionError: the popularity, the capacity, the rate or the time to live cannot be.

    References:
        As for :func:`lru_hit_ratio`.
    """
    check_rate_and_ttl(rate_rps, ttl_s)
    return characteristic_time.hit_probabilities(_lru_occupancy(rate_rps, ttl_s), popularity, capacity_keys)


def random_hit_ratio(popularity: Values, capacity_keys: float, *, rate_rps: float, ttl_s: float) -> float:
    """Return the hit ratio (0 to 1) of random replacement or FIFO whose entries also expire after ``ttl_s``.

    An entry lives for the shorter of T and a time that does not depend on its requests, exponential under random
    replacement and constant under FIFO. Whichever it is, h = lambda D / (1 + lambda D) with D its mean, the same
    for all keys, and the sum of h is the capacity: so D is what it is without a time to live, until that exceeds
    T, when the limit of size does not bind and D = T. A time to live longer than random replacement's own
    characteristic time therefore changes nothing but who is thrown out.

    Args:
        popularity: Probability of each key, in any order; sums to 1.
        capacity_keys: What the cache holds, 0 or more.
        rate_rps: Requests a second for all keys together.
        ttl_s: From fill to expiry; infinity leaves random replacement alone.

    Raises:
        PredictionError: the popularity, the capacity, the rate or the time to live cannot be.

    References:
        As for :func:`analysis.prediction.random_replacement.hit_ratio`; the step from its mean to the shorter of
        two is made here. Exact and approximate are what they are there.
    """
    check_rate_and_ttl(rate_rps, ttl_s)
    return characteristic_time.hit_ratio(_random_occupancy(rate_rps, ttl_s), popularity, capacity_keys)


def random_hit_probabilities(popularity: Values, capacity_keys: float, *, rate_rps: float, ttl_s: float) -> Values:
    """Return the hit probability of each key (0 to 1) under random replacement with a time to live from the fill.

    Raises:
        PredictionError: the popularity, the capacity, the rate or the time to live cannot be.

    References:
        As for :func:`random_hit_ratio`.
    """
    check_rate_and_ttl(rate_rps, ttl_s)
    return characteristic_time.hit_probabilities(_random_occupancy(rate_rps, ttl_s), popularity, capacity_keys)


def _random_occupancy(rate_rps: float, ttl_s: float) -> Occupancy:
    def occupancy(probabilities: Values, time_s: float) -> Values:
        return random_replacement.occupancy(probabilities * rate_rps, min(time_s, ttl_s))

    return occupancy


def _lru_occupancy(rate_rps: float, ttl_s: float) -> Occupancy:
    def occupancy(probabilities: Values, time_s: float) -> Values:
        hits = _hits_a_cycle(probabilities * rate_rps, ttl_s, time_s)
        with np.errstate(divide="ignore"):
            return 1.0 / (1.0 + 1.0 / hits)

    return occupancy


def _hits_a_cycle(rates_rps: Values, ttl_s: float, time_s: float) -> Values:
    """Return the mean number of hits between two misses of each key; see :func:`lru_hit_ratio`."""
    if ttl_s <= time_s:
        return exposure(rates_rps, ttl_s)
    requests_a_window = exposure(rates_rps, time_s)
    if math.isinf(ttl_s) or time_s == 0:
        with np.errstate(over="ignore"):
            return np.expm1(requests_a_window)
    windows = ttl_s / time_s
    hits = _series(requests_a_window, min(windows, SERIES_WINDOWS))
    return hits if windows <= SERIES_WINDOWS else hits + _tail(requests_a_window, windows)


def _series(requests_a_window: Values, windows: float) -> Values:
    """Return the hits of the first ``windows`` characteristic times, by the alternating sum."""
    hits = requests_a_window * windows
    ends_a_window = requests_a_window * np.exp(-requests_a_window)
    for k in range(1, math.ceil(windows)):
        left = windows - k
        power = (left * ends_a_window) ** k
        hits += (-1) ** k * power * (requests_a_window * left / math.factorial(k + 1) + 1 / math.factorial(k))
    return hits


def _tail(requests_a_window: Values, windows: float) -> Values:
    """Return the hits after ``SERIES_WINDOWS`` characteristic times, where S is one exponential.

    Its decay a window, w, solves w = a e^(w-a) and is not a itself, at which the transform has no pole: Lambert's
    function gives it, by its main branch for a > 1 and by the other for a < 1. The residue gives a(a-w)/(a(1-w))
    for lambda times its height. Where both go to 1, w is 2-a and the height 2 + 2(a-1)/3, but for (a-1)².
    """
    a, left = requests_a_window, windows - SERIES_WINDOWS
    double = np.abs(a - 1) < _DOUBLE_POLE
    with np.errstate(divide="ignore", invalid="ignore"):
        argument = -a * np.exp(-a)
        decay = -np.where(a > 1, lambertw(argument, 0).real, lambertw(argument, -1).real)
        decay = np.where(double, 2 - a, decay)
        height = np.where(double, 2 + 2 * (a - 1) / 3, (a - decay) / (1 - decay))
        length = np.where(decay > 0, -np.expm1(-decay * left) / decay, left)
    return np.where(a > 0, height * np.exp(-decay * SERIES_WINDOWS) * length, 0.0)
