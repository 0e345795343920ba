"""Exact LRU for a trace: its requests in, the hit ratio at every capacity out, in one pass."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from analysis.errors import PredictionError
from analysis.prediction.compiling import on_borrowed_arrays
from analysis.prediction.lru_stack import COLD, LruStack, Numbers, empty_stack, touch
from analysis.prediction.requests import Keys, checked_requests


@dataclass(frozen=True, slots=True, kw_only=True)
class LruCurve:
    """The hit ratio of an LRU cache for one trace, at every capacity.

    Attributes:
        unit: What capacities are counted in.
        capacities: int64, ascending: where the hit ratio rises, and nowhere else.
        hits: int64: hits of a cache of that capacity.
        requests: Requests counted, which are those after the warm-up.
        distinct_keys: Distinct keys among all requests, those of the warm-up included.
    """

    unit: Literal["keys", "bytes"]
    capacities: Numbers
    hits: Numbers
    requests: int
    distinct_keys: int

    def hit_ratio(self, capacity: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Return the hit ratio at each capacity, an array of the same shape; ``np.inf`` is an unbounded cache."""
        steps = np.searchsorted(self.capacities, np.asarray(capacity), side="right")
        return np.asarray(np.concatenate([[0], self.hits])[steps] / self.requests)


def lru_curve(keys: npt.ArrayLike, sizes: npt.ArrayLike | None = None, *, skip: int = 0) -> LruCurve:
    """Replay a trace once, from an empty cache, and return the curve of exact LRU.

    n requests for m keys take time O(n log m); 8 bytes a request and 48 a key are held meanwhile.

    With sizes, a cache evicts from the least recently used end until what came in fits. What is larger than the
    whole cache empties it and is not kept: such a cache holds at every moment the longest run from the top of the
    stack whose sizes fit, so that one pass tells all capacities.

    Args:
        keys: int64, one key rank a request, from 0.
        sizes: int64, bytes of each key, at index rank, above 0; None counts capacities in keys.
        skip: Requests of warm-up at the start, which fill the cache and are not counted.

    Raises:
        PredictionError: the keys are no ranks, a key has no size above 0, or nothing is left to count.

    References:
        Mattson, Gecsei, Slutz and Traiger, Evaluation techniques for storage hierarchies, IBM Systems Journal 9
        (1970).
    """
    requests = checked_requests(keys, skip)
    key_sizes = _checked_sizes(sizes, int(requests.max()) + 1)
    depths = np.empty(requests.size, dtype=np.int64)
    _measure_depths(requests, empty_stack(key_sizes, key_sizes.size), depths)
    counted = depths[skip:]
    capacities, hits = _tally(counted[counted != COLD], in_keys=sizes is None)
    return LruCurve(
        unit="keys" if sizes is None else "bytes",
        capacities=capacities,
        hits=np.cumsum(hits),
        requests=counted.size,
        distinct_keys=int(np.count_nonzero(depths == COLD)),
    )


def _checked_sizes(sizes: npt.ArrayLike | None, ranks: int) -> Numbers:
    if sizes is None:
        return np.ones(ranks, dtype=np.int64)
    given = np.asarray(sizes)
    if given.ndim != 1 or given.size < ranks or given.dtype.kind not in "iu" or int(given[:ranks].min()) < 1:
        raise PredictionError(
            f"a trace with keys up to {ranks - 1:,} needs {ranks:,} sizes in whole bytes, each at least 1"
        )
    return np.ascontiguousarray(given[:ranks], dtype=np.int64)


def _tally(depths: Numbers, *, in_keys: bool) -> tuple[Numbers, Numbers]:
    """Return the distinct depths, ascending, and how many of each there are."""
    if in_keys:  # no deeper than there are keys: counting beats sorting
        counts = np.bincount(depths)
        distinct = np.flatnonzero(counts)
        return distinct, counts[distinct]
    distinct, counts = np.unique(depths, return_counts=True)
    return distinct, counts


@on_borrowed_arrays
def _measure_depths(keys: Keys, stack: LruStack, depths: Numbers) -> None:
    for request in range(keys.size):
        depths[request] = touch(stack, keys[request])
