"""How old the victims of Redis's sampled eviction are: takes samples and a pool's size, gives the law of age."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from analysis.errors import PredictionError
from analysis.intervals import Values

POOL_ENTRIES = 16
"""EVPOOL_SIZE of Redis and Valkey, which no setting changes."""

_POINTS = 241


@dataclass(frozen=True, slots=True, kw_only=True)
class VictimLaw:
    """The chance that a victim is among the entries idle for longest.

    Attributes:
        oldest_ratios: Shares of the entries, ascending from 0 to 1.
        chances: That the victim is among that share of the entries which has been idle for longest.
    """

    oldest_ratios: Values
    chances: Values

    def among_oldest(self, ratios: Values) -> Values:
        """Return the chance that a victim is among these shares of the oldest entries, between points linearly."""
        return np.interp(ratios, self.oldest_ratios, self.chances)


def victim_law(samples: int, pool_entries: int = POOL_ENTRIES) -> VictimLaw:
    """Return the law of the age of a victim when a pool keeps the oldest of all entries sampled so far.

    Before every eviction ``samples`` entries are drawn and put into the pool, which keeps the oldest
    ``pool_entries``; the oldest of those goes. Of the pool's entries Z are among the oldest share q of the cache;
    A new ones are, binomial with n and q; and after the eviction Z is max(min(Z + A, pool) - 1, 0): a Markov
    chain. The victim is among the oldest q unless Z + A is 0. Without a pool (one entry) that is 1 - (1-q)^n.

    Exact as long as the pool's entries keep their rank while they wait: so they do where the cache holds many
    times more than the pool, and where what waits is not asked for meanwhile (Redis evicts it all the same).

    Args:
        samples: ``maxmemory-samples``, 1 or more; drawn with replacement.
        pool_entries: Size of the pool, 1 or more.

    Raises:
        PredictionError: there is nothing to sample or no pool.

    References:
        The algorithm: Redis's documentation, Key eviction, Approximated LRU algorithm. Finite Markov chains:
        Norris, Markov Chains (1997), section 1.7.
    """
    if samples < 1 or pool_entries < 1:
        raise PredictionError(
            f"an eviction that samples {samples} entries into a pool of {pool_entries} finds no victim; "
            "give 1 or more of both"
        )
    # Below 1/n the pool runs short, above it hardly ever: the points are as dense as the bend is sharp.
    ratios = np.unique(np.concatenate([np.linspace(0, min(1, 2 / samples), _POINTS), np.linspace(0, 1, _POINTS)]))
    inner = ratios[1:-1]  # none are among no share, and all among the whole
    new = np.asarray(stats.binom.pmf(np.arange(samples + 1), samples, inner[:, np.newaxis]), dtype=np.float64)
    chances = 1 - _chance_of_none(new, pool_entries) * new[:, 0]
    return VictimLaw(oldest_ratios=ratios, chances=np.concatenate([[0.0], chances, [1.0]]))


def _chance_of_none(new: Values, pool_entries: int) -> Values:
    """Return, for each row of chances of 0, 1, … new entries, how often the chain is at 0 in the long run."""
    steps = np.zeros((new.shape[0], pool_entries, pool_entries))
    for waiting in range(pool_entries):
        for arrived in range(new.shape[1]):
            after = max(min(waiting + arrived, pool_entries) - 1, 0)
            steps[:, after, waiting] += new[:, arrived]
    # The stationary law is the null vector of steps - 1; the last equation gives way to "the chances sum to 1".
    steps -= np.eye(pool_entries)
    steps[:, -1, :] = 1.0
    ones = np.zeros((new.shape[0], pool_entries, 1))
    ones[:, -1] = 1.0
    return np.asarray(np.linalg.solve(steps, ones)[:, 0, 0], dtype=np.float64)
