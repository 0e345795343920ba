"""Redis's LRU as it is: a clock that ticks once a second, a sample of a few entries, and a pool of candidates.

Takes a popularity, a capacity and the rate of the requests; hands on the hit ratio, which lies near LRU's where
the cache turns over in many ticks, and near random replacement's where it does so in a part of one.
"""

import math
from collections.abc import Iterator

import numpy as np

from analysis.errors import PredictionError
from analysis.intervals import Values
from analysis.prediction import characteristic_time, lru
from analysis.prediction.key_groups import KeyGroups, group_keys
from analysis.prediction.victim_law import VictimLaw, victim_law

CLOCK_S = 1.0
"""LRU_CLOCK_RESOLUTION of Redis and Valkey: idle times are whole seconds."""

SAMPLES = 5
"""The default of ``maxmemory-samples``."""

_GROUP_WIDTH_RATIO = 0.02
_TICKS_A_TURNOVER = 16
_STEPS_A_TURNOVER = 32
_OLDEST_TURNOVERS = 3
_SETTLING_TURNOVERS = 10
_SETTLING_TICKS = 4


def turnover_s(popularity: Values, capacity_keys: float, rate_rps: float) -> float:
    """Return how long an entry of LRU stays when nobody asks for it, in seconds: its characteristic time.

    Returns:
        Seconds; 0 for no capacity, infinity where all keys fit.

    Raises:
        PredictionError: the popularity, the capacity or the rate cannot be.

    References:
        As for :func:`analysis.prediction.lru.hit_ratio`.
    """
    if not 0 < rate_rps < math.inf:
        raise PredictionError(f"a rate of {rate_rps} requests a second turns nothing over; give a number above 0")
    return characteristic_time.characteristic_time(lru.occupancy, popularity, capacity_keys) / rate_rps


def redis_lru_hit_ratio(
    popularity: Values, capacity_keys: float, rate_rps: float, clock_s: float = CLOCK_S, samples: int = SAMPLES
) -> float:
    """Return the hit ratio (0 to 1) of ``allkeys-lru`` at a request rate, averaged over the ticks of its clock.

    Entries are told apart only by the tick in which they were last asked for. The chance that key i is present and
    was last asked for j ticks ago, x_ij, is followed through a tick in continuous time. Requests move a key to the
    present tick, at its rate lambda; evictions, as many as misses, remove it:

        x_i0' = lambda (1 - x_i0) - e_0 x_i0        x_ij' = -(lambda + e_j) x_ij
        e_j = misses a second · P(victim in class j) / entries in class j

    P comes from the sampling and the pool (:func:`analysis.prediction.victim_law.victim_law`), entries of one
    class being alike. At a tick every class ages by one. Started from Che's solution, the classes repeat from tick
    to tick after a few turnovers, and the hits of the last tick are counted. Nothing is fitted.

    Its limits are known ones. With victims chosen perfectly and a turnover of more than a tick, the solution is
    Che's with the curve of hits over capacity replaced by chords one tick wide, since at any moment all keys asked
    for since some tick are present, and a part of those of the tick before. With a turnover far below a tick it is
    random replacement, and with one sample it is that at any rate. A tick shorter than a sixteenth of a turnover
    counts as one of that length; finer steps change the result by less than 0.0002.

    Approximate are: expectations for numbers of entries, and entries that keep their rank while they wait in the
    pool, so the cache must hold many times its 16; and samples drawn at random from all entries. Against a
    simulation of that (Zipf 0.8 and 0.99 over 10,000 keys, 500 to 5,000 held, 0.05 to 20 ticks a turnover) the
    worst error was 0.0025; with 100 held 0.0071, too high. Valkey 9.1 takes whole buckets of its hash table for
    samples, each in order, and fills the first place that an eviction freed: among equal idle times what came
    last goes first. Against it this was too high by at most 0.002 with 2 ticks a turnover or more, by 0.004 with
    one and by up to 0.017 with a tenth (Zipf 0.99, 869 held), where the server falls below random replacement, as
    this never does. A simulation of that table explains it.

    Args:
        popularity: Probability of each key, in any order; sums to 1.
        capacity_keys: What the cache holds, 0 or more.
        rate_rps: Requests a second for all keys together, above 0.
        clock_s: Length of a tick.
        samples: ``maxmemory-samples``.

    Raises:
        PredictionError: the popularity, the capacity, the rate, the clock or the samples cannot be.

    References:
        The algorithm: Redis's documentation, Key eviction; its clock: LRU_CLOCK_RESOLUTION in Redis's server.h.
        Expectations in place of numbers: Gast and Van Houdt, Transient and steady-state regime of a family of
        list-based cache replacement algorithms, SIGMETRICS 2015. The classes by tick are derived here.
    """
    if not 0 < clock_s < math.inf:
        raise PredictionError(f"a clock that ticks every {clock_s} s cannot be; give a length above 0 s")
    victims = victim_law(samples)
    time_s = turnover_s(popularity, capacity_keys, rate_rps)
    if time_s == 0:
        return 0.0
    if math.isinf(time_s):
        return 1.0
    tick_s = max(clock_s, time_s / _TICKS_A_TURNOVER)
    cache = _AgedCache(group_keys(popularity, _GROUP_WIDTH_RATIO), rate_rps, victims)
    cache.fill_as_lru(time_s, tick_s)
    hits = 0.0
    for _ in range(max(_SETTLING_TICKS, math.ceil(_SETTLING_TURNOVERS * time_s / tick_s))):
        cache.tick()
        hits = sum(cache.advance(step_s) for step_s in _steps(tick_s, time_s))
    return hits / (rate_rps * tick_s)


def _steps(tick_s: float, time_s: float) -> Iterator[float]:
    """Yield steps that make up a tick: a part of a turnover long, and longer where little happens any more."""
    passed_s = 0.0
    while tick_s - passed_s > 1e-9 * tick_s:
        step_s = min(max(time_s / _STEPS_A_TURNOVER, passed_s / _TICKS_A_TURNOVER), tick_s - passed_s)
        yield step_s
        passed_s += step_s


class _AgedCache:
    """What is expected in the cache: for each tick of last request, youngest first, and each group of keys."""

    def __init__(self, groups: KeyGroups, rate_rps: float, victims: VictimLaw) -> None:
        self._groups = groups
        self._rates_rps = groups.probabilities * rate_rps
        self._victims = victims
        self._present = np.zeros((1, groups.counts.size))
        self._capacity_keys = 0.0

    def fill_as_lru(self, time_s: float, tick_s: float) -> None:
        """Put in what LRU holds at the end of a tick: all that was asked for within its characteristic time."""
        classes = _OLDEST_TURNOVERS * math.ceil(time_s / tick_s) + 2
        edges_s = np.minimum(np.arange(classes + 1) * tick_s, time_s)
        unasked = np.exp(-np.outer(edges_s, self._rates_rps))
        self._present = unasked[:-1] - unasked[1:]
        self._capacity_keys = float(self._entries(self._present).sum())

    def tick(self) -> None:
        """Let every class be a tick older; the oldest two become one."""
        self._present[-1] += self._present[-2]
        self._present[1:-1] = self._present[:-2]
        self._present[0] = 0.0

    def advance(self, step_s: float) -> float:
        """Let time pass, by the midpoint rule with exact exponentials, and return the hits expected meanwhile."""
        middle = self._after(step_s / 2, self._evictions_rps(self._present, step_s))
        self._present = self._after(step_s, self._evictions_rps(middle, step_s))
        return step_s * self._groups.sum_over_keys(self._rates_rps * middle.sum(axis=0))

    def _entries(self, present: Values) -> Values:
        return present @ self._groups.counts

    def _evictions_rps(self, present: Values, step_s: float) -> Values:
        """Return for each class how often one of its entries is evicted, a second."""
        entries = self._entries(present)
        misses_rps = self._groups.sum_over_keys(self._rates_rps * (1 - present.sum(axis=0)))
        # What a step's rounding left too much or too little is made good in the next.
        surplus_rps = (float(entries.sum()) - self._capacity_keys) / step_s
        oldest_first = np.cumsum(entries[::-1]) / entries.sum()
        chances = np.diff(self._victims.among_oldest(oldest_first), prepend=0.0)[::-1]
        victims_rps = max(misses_rps + surplus_rps, 0.0) * chances
        return np.divide(victims_rps, entries, where=entries > 0, out=np.zeros_like(entries))

    def _after(self, step_s: float, evictions_rps: Values) -> Values:
        """Return what is present a step later when classes lose entries at these rates."""
        unasked = np.exp(-self._rates_rps * step_s)
        later = self._present * np.exp(-evictions_rps * step_s)[:, np.newaxis] * unasked
        leaving_rps = self._rates_rps + evictions_rps[0]
        later[0] -= self._rates_rps / leaving_rps * np.expm1(-leaving_rps * step_s)
        return later
