"""The keys that a server remembers as good to evict, compiled: sampled ones are offered, the best is taken."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from analysis.prediction.compiling import on_borrowed_arrays
from analysis.prediction.held_keys import Entries

Numbers = npt.NDArray[np.int64]

NOBODY = -1


class EvictionPool(NamedTuple):
    """The arrays of one pool, worst key first; functions of this module change them in place.

    A key stands here by name: it may be gone from the cache, or in use again, or stand here twice.

    Attributes:
        keys: As many as ``filled`` says.
        scores: How good each was to evict when it was offered; never brought up to date.
        filled: One number.
    """

    keys: Numbers
    scores: Numbers
    filled: Numbers


def empty_pool(size: int) -> EvictionPool:
    """Return a pool for `size` keys."""
    return EvictionPool(
        keys=np.empty(size, dtype=np.int64),
        scores=np.empty(size, dtype=np.int64),
        filled=np.zeros(1, dtype=np.int64),
    )


@on_borrowed_arrays
def offer(pool: EvictionPool, key: int, score: int) -> None:
    """Remember a key below those of the same score; of a full pool the worst goes, be it the one offered."""
    count = pool.filled[0]
    place = 0
    while place < count and pool.scores[place] < score:
        place += 1
    if count < pool.keys.size:
        pool.filled[0] = count + 1
        for index in range(count, place, -1):
            pool.keys[index], pool.scores[index] = pool.keys[index - 1], pool.scores[index - 1]
    elif place == 0:
        return
    else:
        place -= 1
        for index in range(place):
            pool.keys[index], pool.scores[index] = pool.keys[index + 1], pool.scores[index + 1]
    pool.keys[place], pool.scores[place] = key, score


@on_borrowed_arrays
def take_best(pool: EvictionPool, entries: Entries) -> int:
    """Forget the keys from the best on down to the first that is held, and return it, or ``NOBODY``.

    Args:
        pool: The pool.
        entries: By key; their place is below 0 where they are not held.
    """
    while pool.filled[0] > 0:
        pool.filled[0] -= 1
        key = pool.keys[pool.filled[0]]
        if entries[key].place >= 0:
            return key
    return NOBODY
