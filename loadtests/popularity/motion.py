"""How far a popularity that moves has come, counted in keys and by the position of the request.

By position and not by the clock: both arms of a block, whatever their rate, must meet the same keys, and what is
predicted for a sequence of requests must not depend on how fast they are sent. At R requests a second,
v keys in 1,000 requests are v · R / 1,000 keys a second.
"""

import numpy as np

from loadtests.popularity.inversion import CHUNK
from loadtests.popularity.law import Ranks

REQUESTS = 1000


def moved_keys(start: int, count: int, keys: int, keys_per_1000_requests: float) -> Ranks:
    """Return how far it has come at `count` requests from position `start` on, in whole keys modulo `keys`."""
    positions = np.arange(start, start + count, dtype=np.float64)
    return (positions * (keys_per_1000_requests / REQUESTS)).astype(np.int64) % keys


def move(drawn: Ranks, start: int, keys: int, keys_per_1000_requests: float) -> None:
    """Move keys in [0, keys) round the ring, in place, by as much as it has come at each one's position.

    `start` is the position of the first.
    """
    if not keys_per_1000_requests:
        return
    for begin in range(0, len(drawn), CHUNK):
        part = drawn[begin : begin + CHUNK]
        part += moved_keys(start + begin, len(part), keys, keys_per_1000_requests)
        part -= (part >= keys) * np.int64(keys)  # quicker than a remainder
