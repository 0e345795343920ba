"""What a hit ratio leaves to the database, and what writes that invalidate take from the hit ratio."""

import math

import numpy as np

from analysis.errors import PredictionError
from analysis.intervals import Values
from analysis.prediction.characteristic_time import exposure, time_that_fills
from analysis.prediction.key_groups import KeyGroups, group_keys
from analysis.prediction.read_write_groups import group_reads_and_writes


def load_ratio(hit_ratio: float) -> float:
    """Return the database's reads as a share of all reads: 1-h, each miss being one.

    Without collapsing: several misses for one key at a time are as many reads.

    Raises:
        PredictionError: the hit ratio is not within 0 and 1.
    """
    if not 0 <= hit_ratio <= 1:
        raise PredictionError(f"a hit ratio of {hit_ratio} cannot be; give a share from 0 to 1")
    return 1 - hit_ratio


def relief_factor(hit_ratio: float) -> float:
    """Return by what factor the cache divides the database's reads: 1/(1-h), infinite where every read is a hit.

    Raises:
        PredictionError: the hit ratio is not within 0 and 1.
    """
    load = load_ratio(hit_ratio)
    return 1 / load if load else math.inf


def least_hit_ratio(*, capacity_rps: float, offered_rps: float) -> float:
    """Return the hit ratio below which the database cannot carry the misses: 1 - capacity/offered, or 0.

    Below it the queue of misses grows without end, and a cache that has been emptied may never fill again if what
    times out is not stored.

    Args:
        capacity_rps: Reads a second that the database can answer by itself.
        offered_rps: Reads a second that arrive at the cache.

    Raises:
        PredictionError: a rate is negative or not finite, or nothing is offered.

    References:
        Huang et al., Metastable failures in the wild, OSDI 2022.
    """
    if not (0 <= capacity_rps < math.inf and 0 < offered_rps < math.inf):
        raise PredictionError(
            f"a capacity of {capacity_rps} reads a second against {offered_rps} offered cannot be judged; "
            "give 0 or more, and above 0"
        )
    return max(1 - capacity_rps / offered_rps, 0.0)


def hit_ratio_under_writes(
    popularity: Values,
    *,
    writes_a_read: float,
    write_popularity: Values | None = None,
    capacity_keys: float | None = None,
) -> float:
    """Return the hit ratio (0 to 1) of reads where every write removes its key from the cache.

    Reads of a key, at lambda, and writes to it, at mu, are independent Poisson processes. A read is a hit if the
    last event before it was a read: lambda / (lambda + mu), exact where there is room for everything. Under LRU
    that read must also lie within the characteristic time t, h = lambda/(lambda+mu) (1 - e^(-(lambda+mu) t)) with
    the sum of h = capacity: approximate as Che's formula is, in t being the same for all keys. Where the writes
    keep the cache smaller than its limit, that does not bind. Keys that are read alike and written alike are
    summed as one: 2e-5 a key at most (:func:`analysis.prediction.read_write_groups.group_reads_and_writes`).

    Args:
        popularity: Probability of each key at a read, in any order.
        writes_a_read: Writes for each read, all keys together; 0 or more.
        write_popularity: Probability of each key at a write, in the same order; None: as of the reads.
        capacity_keys: What the cache, an LRU, holds; None: everything.

    Raises:
        PredictionError: a popularity, the writes or the capacity cannot be.

    References:
        The merging of Poisson processes: Ross, Stochastic Processes, 2nd edition (1996), chapter 2. For t, as
        for :func:`analysis.prediction.lru.hit_ratio`.
    """
    groups, writes = _reads_and_writes(popularity, writes_a_read, write_popularity)
    return groups.share_of_requests(_present(groups, writes, capacity_keys))


def invalidations_a_read(
    popularity: Values,
    *,
    writes_a_read: float,
    write_popularity: Values | None = None,
    capacity_keys: float | None = None,
) -> float:
    """Return how many entries writes remove from the cache, for each read: the sum of mu times the occupancy.

    A write to a key that is not present removes nothing. With room for everything each removal costs one miss, so
    that the number is the miss ratio; under a limit of size it is less.

    Args:
        popularity: Probability of each key at a read, in any order.
        writes_a_read: Writes for each read, all keys together; 0 or more.
        write_popularity: Probability of each key at a write, in the same order; None: as of the reads.
        capacity_keys: What the cache, an LRU, holds; None: everything.

    Raises:
        PredictionError: a popularity, the writes or the capacity cannot be.

    References:
        As for :func:`hit_ratio_under_writes`.
    """
    groups, writes = _reads_and_writes(popularity, writes_a_read, write_popularity)
    return groups.sum_over_keys(writes * _present(groups, writes, capacity_keys))


def _reads_and_writes(
    popularity: Values, writes_a_read: float, write_popularity: Values | None
) -> tuple[KeyGroups, Values]:
    """Return the keys that are read, and for each group the writes to one of its keys for each read of any key."""
    if not 0 <= writes_a_read < math.inf:
        raise PredictionError(f"{writes_a_read} writes for each read cannot be; give a number from 0 up")
    if write_popularity is None:
        groups = group_keys(popularity)
        return groups, groups.probabilities * writes_a_read
    both = group_reads_and_writes(popularity, write_popularity)
    return both.reads, both.writes * writes_a_read


def _present(groups: KeyGroups, writes: Values, capacity_keys: float | None) -> Values:
    """Return the chance that a key is present, which is that of a read to be a hit."""
    events = groups.probabilities + writes

    def present(time_reads: float) -> Values:
        return groups.probabilities / events * -np.expm1(-exposure(events, time_reads))

    if capacity_keys is None:
        return present(math.inf)
    return present(time_that_fills(lambda time: groups.sum_over_keys(present(time)), capacity_keys))
