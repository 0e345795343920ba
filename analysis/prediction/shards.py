"""The LRU curve of a trace too long to replay whole: a fixed number of keys sampled by hash, and the error."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy import stats

from analysis.errors import PredictionError
from analysis.prediction.lru_stack import COLD, LruStack, empty_stack, remove, touch
from analysis.prediction.randomness import HASH_SPACE, hashed
from analysis.prediction.requests import Keys, checked_requests
from analysis.thresholds import CONFIDENCE

Ratios = npt.NDArray[np.float64]

SAMPLE_KEYS = 16_384
REPEATS = 8
"""With fewer, Student's factor makes the interval wide; each costs a pass."""

_FIRST_ROOM = 4_096


@dataclass(frozen=True, slots=True, kw_only=True)
class SampledCurve:
    """What one hash saw.

    Attributes:
        depths: float64, ascending: estimated depths in keys of the requests sampled that were no first ones.
        misses: float64, one longer: estimated misses of a cache smaller than the depth at that index, over the
            whole trace; the last is that of an unbounded cache.
        sampled_ratio: Share of the keys that the sample held at the end.
    """

    depths: Ratios
    misses: Ratios
    sampled_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardsCurve:
    """The estimated hit ratio of an LRU cache for one trace, with its error.

    The error is that of sampling keys, seen in how independent hashes differ on the same trace. It does not tell
    where the sample is too coarse: below about ``10 / sampled_ratio`` keys of capacity depths are few and far
    between, and the estimate is biased (at 3 / sampled_ratio by up to 1.5 points of hit ratio in trials with Zipf
    0.6 to 0.99; from 10 up by at most 0.3).

    Attributes:
        samples: One curve a hash.
        requests: Requests counted, which are those after the warm-up.
    """

    samples: tuple[SampledCurve, ...]
    requests: int

    @property
    def sampled_ratio(self) -> float:
        """Mean share of the keys sampled; 1 where the sample held all keys and the curve is exact."""
        return float(np.mean([sample.sampled_ratio for sample in self.samples]))

    def hit_ratio(self, capacity: npt.ArrayLike) -> Ratios:
        """Return the estimate at each capacity in keys: the mean over the hashes, an array of the same shape."""
        return np.asarray(self._estimates(capacity).mean(axis=0))

    def standard_error(self, capacity: npt.ArrayLike) -> Ratios:
        """Return the standard error of that mean, an array of the same shape."""
        estimates = self._estimates(capacity)
        return np.asarray(estimates.std(axis=0, ddof=1) / np.sqrt(len(self.samples)))

    def interval(self, capacity: npt.ArrayLike) -> tuple[Ratios, Ratios]:
        """Return both ends of the 95 % interval, arrays of the same shape, cut to 0 and 1.

        References:
            Student, The probable error of a mean, Biometrika 6 (1908), over the hashes.
        """
        factor = stats.t.ppf((1 + CONFIDENCE) / 2, len(self.samples) - 1)
        centre, half = self.hit_ratio(capacity), factor * self.standard_error(capacity)
        return np.clip(centre - half, 0, 1), np.clip(centre + half, 0, 1)

    def _estimates(self, capacity: npt.ArrayLike) -> Ratios:
        """Return one row a hash.

        Hits are what is not an estimated miss: that is the correction of SHARDS-adj, which puts the requests that
        the sample has too many or too few of, against the number there really were, at the smallest depth.
        """
        capacities = np.asarray(capacity, dtype=np.float64)
        missed = [one.misses[np.searchsorted(one.depths, capacities, side="right")] for one in self.samples]
        return np.where(capacities >= 1, np.clip(1 - np.stack(missed) / self.requests, 0, 1), 0.0)


def shards_curve(
    keys: npt.ArrayLike,
    *,
    random_seed: int,
    sample_keys: int = SAMPLE_KEYS,
    repeats: int = REPEATS,
    skip: int = 0,
    progress: Callable[[int], None] = lambda done: None,
) -> ShardsCurve:
    """Estimate the curve of exact LRU from samples of at most `sample_keys` keys.

    A key is sampled while its hash lies below a threshold. When the sample is full, the key of the largest hash
    leaves it and its hash becomes the threshold. A request met at a sampling rate R stands for 1/R requests, and
    d keys above it in the sample for d/R in the trace.

    A trace with no more keys than the sample is replayed exactly, and its error is 0.

    Args:
        keys: int64, one key rank a request, from 0.
        random_seed: Chooses the hashes.
        sample_keys: Keys a sample.
        repeats: Independent hashes; each is a pass over the trace.
        skip: Requests of warm-up at the start, which are replayed and not counted.
        progress: Told how many passes are done.

    Raises:
        PredictionError: the keys are no ranks, nothing is left to count, or fewer than 2 keys or repeats.

    References:
        Waldspurger, Park, Garthwaite and Ahmad, Efficient MRC construction with SHARDS, FAST 2015: sections 3.2
        (fixed size) and 3.3 (SHARDS-adj). Horvitz and Thompson, A generalization of sampling without replacement
        from a finite universe, Journal of the American Statistical Association 47 (1952), for the weights.
    """
    requests = checked_requests(keys, skip)
    if sample_keys < 2 or repeats < 2:
        raise PredictionError(f"{sample_keys} keys in {repeats} samples tell no error; give at least 2 of each")
    samples = []
    for seed in np.random.SeedSequence(random_seed).generate_state(repeats, dtype=np.uint64):
        samples.append(_sample_once(requests, skip, sample_keys, seed))
        progress(len(samples))
    return ShardsCurve(samples=tuple(samples), requests=requests.size - skip)


def _sample_once(requests: Keys, skip: int, sample_keys: int, seed: np.uint64) -> SampledCurve:
    ranks = int(requests.max()) + 1
    stack = empty_stack(np.ones(ranks, dtype=np.int64), min(ranks, sample_keys + 1))
    depths, weights, cold, rate = _replay(requests, skip, sample_keys, seed, stack)
    order = np.argsort(depths)
    deeper = np.concatenate([np.cumsum(weights[order][::-1])[::-1], [0.0]])
    return SampledCurve(depths=depths[order], misses=deeper + cold, sampled_ratio=rate)


@njit(cache=True, nogil=True)
def _replay(
    keys: Keys, skip: int, sample_keys: int, seed: np.uint64, stack: LruStack
) -> tuple[Ratios, Ratios, float, float]:
    """Return depths and weights of the requests sampled, the weight of first ones, and the sampling rate."""
    depths, weights = np.empty(_FIRST_ROOM), np.empty(_FIRST_ROOM)
    found, cold, threshold = 0, 0.0, HASH_SPACE
    largest = [(0, 0)]  # of the sample, as (-hash, key): a heap gives its smallest
    largest.pop()
    for request in range(keys.size):
        key = keys[request]
        key_hash = hashed(key, seed)
        if key_hash >= threshold:
            continue
        weight = HASH_SPACE / threshold
        depth = touch(stack, key)
        if request >= skip and depth == COLD:
            cold += weight
        elif request >= skip:
            if found == depths.size:
                depths = np.concatenate((depths, np.empty(found)))
                weights = np.concatenate((weights, np.empty(found)))
            depths[found], weights[found] = (depth - 1) * weight + 1, weight
            found += 1
        if depth == COLD:
            heapq.heappush(largest, (-key_hash, key))
            if len(largest) > sample_keys:
                threshold = -largest[0][0]
                while -largest[0][0] >= threshold:
                    remove(stack, heapq.heappop(largest)[1])
    return depths[:found], weights[:found], cold, threshold / HASH_SPACE
