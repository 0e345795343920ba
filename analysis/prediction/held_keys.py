"""The keys that a cache holds, compiled: put in, taken out, and sampled as a server samples its hash table."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from analysis.prediction.compiling import on_borrowed_arrays
from analysis.prediction.randomness import Stream, below, hashed

Numbers = npt.NDArray[np.int64]

NONE = -1

KEYS_PER_BUCKET = 7
"""Of Valkey's hash table on 64-bit machines, whose buckets fill a line of the processor's cache."""

_LINK_SLOT = KEYS_PER_BUCKET - 1  # a full bucket's last slot becomes the link to the next one

_FIELDS = ("place", "bucket", "slot", "after", "before", "touched", "frequency", "expires_ms")

ENTRY = np.dtype([(field, np.int64) for field in _FIELDS])
"""What is known of one key, in one line of the processor's cache.

place: Index in ``HeldKeys.keys``, or -1.
bucket: The bucket that it hashes to.
slot: Its slot there while it is held, from 0; from 6 on it may be that of a bucket chained to its full one.
after, before: Its neighbours there by slot while it is held, or -1.
touched, frequency, expires_ms: For the cache's own use.
"""

Entries = npt.NDArray[np.void]


class HeldKeys(NamedTuple):
    """The arrays of one cache's keys; functions of this module change them in place.

    Attributes:
        keys: The keys held, in no order; as many as ``filled`` says.
        filled: One number.
        entries: By key: an ``ENTRY``.
        first: The first key of each bucket, or -1.
    """

    keys: Numbers
    filled: Numbers
    entries: Entries
    first: Numbers


def no_keys(ranks: int, capacity_keys: int, seed: int) -> HeldKeys:
    """Return room for `capacity_keys` of the keys 0 to ``ranks - 1``.

    There are as many buckets as Valkey has once that many keys have come in one by one: it doubles them when there
    are more than 7 keys for each.
    """
    most_keys = min(ranks, capacity_keys)
    buckets = 1
    while KEYS_PER_BUCKET * buckets < most_keys:
        buckets *= 2
    entries = np.zeros(ranks, dtype=ENTRY)
    for field in ("place", "after", "before"):
        entries[field] = NONE
    _choose_buckets(entries, buckets, np.uint64(seed % (1 << 64)))
    return HeldKeys(
        keys=np.empty(most_keys, dtype=np.int64),
        filled=np.zeros(1, dtype=np.int64),
        entries=entries,
        first=np.full(buckets, NONE, dtype=np.int64),
    )


@on_borrowed_arrays
def _choose_buckets(entries: Entries, buckets: int, seed: np.uint64) -> None:
    for key in range(entries.size):
        entries[key].bucket = hashed(key, seed) & (buckets - 1)


@on_borrowed_arrays
def put(held: HeldKeys, key: int) -> None:
    """Put in a key that is not held, at the first free slot of its bucket."""
    held.entries[key].place = held.filled[0]
    held.keys[held.filled[0]] = key
    held.filled[0] += 1
    before, after, slot = NONE, held.first[held.entries[key].bucket], 0
    while after != NONE and held.entries[after].slot == slot:
        before, after, slot = after, held.entries[after].after, slot + 1
    _link(held, key, before, after, slot)


@on_borrowed_arrays
def take(held: HeldKeys, key: int) -> None:
    """Take out a key that is held; the last of ``keys`` moves to its place."""
    held.filled[0] -= 1
    last = held.keys[held.filled[0]]
    held.keys[held.entries[key].place] = last
    held.entries[last].place = held.entries[key].place
    held.entries[key].place = NONE
    before, after = held.entries[key].before, held.entries[key].after
    _unlink(held, key)
    if held.entries[key].slot < _LINK_SLOT:
        _fill_hole(held, before, after, held.entries[key].slot)


@on_borrowed_arrays
def _fill_hole(held: HeldKeys, before: int, after: int, hole: int) -> None:
    """Move the first key of a chained bucket to a hole before it; one that is left alone there ends the chain."""
    chained = after
    while chained != NONE and held.entries[chained].slot < _LINK_SLOT:
        chained = held.entries[chained].after
    if chained == NONE:
        return
    following = held.entries[chained].after
    if following == NONE and held.entries[chained].slot == _LINK_SLOT:
        return  # a full bucket without a chain
    _unlink(held, chained)
    _link(held, chained, before, following if after == chained else after, hole)
    if following != NONE and held.entries[following].after == NONE:
        held.entries[following].slot = _LINK_SLOT


@on_borrowed_arrays
def _link(held: HeldKeys, key: int, before: int, after: int, slot: int) -> None:
    held.entries[key].slot, held.entries[key].before, held.entries[key].after = slot, before, after
    if after != NONE:
        held.entries[after].before = key
    if before != NONE:
        held.entries[before].after = key
    else:
        held.first[held.entries[key].bucket] = key


@on_borrowed_arrays
def _unlink(held: HeldKeys, key: int) -> None:
    before, after = held.entries[key].before, held.entries[key].after
    if after != NONE:
        held.entries[after].before = before
    if before != NONE:
        held.entries[before].after = after
    else:
        held.first[held.entries[key].bucket] = after


@on_borrowed_arrays
def sample_uniform(held: HeldKeys, random: Stream, sampled: Numbers) -> int:
    """Fill `sampled` with distinct keys, each held one as likely as another; return how many there are."""
    wanted = min(sampled.size, held.filled[0])
    seen = 0
    while seen < wanted:
        key = held.keys[below(random, held.filled[0])]
        if not _among(key, sampled, seen):
            sampled[seen] = key
            seen += 1
    return wanted


@on_borrowed_arrays
def sample_buckets(held: HeldKeys, random: Stream, sampled: Numbers, in_a_row: bool) -> int:
    """Fill `sampled` from whole buckets until there are enough; return how many there are.

    Of what is over, each key replaces one taken before, so that all keys of the buckets looked at are alike: as in
    Valkey from 8.1 on (src/hashtable.c, hashtableSampleEntries). A key is looked at the oftener the fewer there
    are in its bucket and, with buckets in a row, in those before. That is so on Valkey 9.1.2 under LRU and LFU: a
    bucket after an empty one was seen to lose 1.8 times as many keys as others, and one after two empty ones 2.9
    times as many. Under `allkeys-random` it was not. The order of buckets is arbitrary there, as it is here.

    Args:
        held: The keys held.
        random: Draws the buckets.
        sampled: Room for as many as are wanted.
        in_a_row: Whether the buckets follow the first one drawn; otherwise each is drawn, and may be drawn again.

    References:
        Vitter, Random sampling with a reservoir, ACM Transactions on Mathematical Software 11 (1985), algorithm R.
    """
    wanted = min(sampled.size, held.filled[0])
    seen, bucket = 0, below(random, held.first.size)
    while seen < wanted:
        key = held.first[bucket]
        while key != NONE:
            index = seen if seen < wanted else below(random, seen + 1)
            if index < wanted:
                sampled[index] = key
            seen += 1
            key = held.entries[key].after
        bucket = (bucket + 1) % held.first.size if in_a_row else below(random, held.first.size)
    return wanted


@on_borrowed_arrays
def _among(key: int, keys: Numbers, count: int) -> bool:
    for index in range(count):  # noqa: SIM110 - compiled as written; a generator is not
        if keys[index] == key:
            return True
    return False
