"""Replays reads and writes at their very times against a cache with room for everything, key by key.

What no law has (a trace, a hot set that moves, a pause in the traffic, a warm-up that was too short) a replay has.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from analysis.errors import PredictionError
from analysis.intervals import Values
from analysis.prediction.compiling import on_borrowed_arrays
from analysis.prediction.requests import Keys, checked_requests

_Flags = npt.NDArray[np.bool_]


class TimedReads(NamedTuple):
    """Reads in the order in which the cache was asked: key ranks from 0, and seconds on the clock of the writes.

    Attributes:
        sent_s: When each was sent; what was written before that, its answer should have.
        asked_s: When the cache was asked: no earlier, and later by as long as it waited for the service.
        stored_s: When what it loaded was stored, if it loaded anything.
        done_s: When it was answered.
    """

    keys: Keys
    sent_s: Values
    asked_s: Values
    stored_s: Values
    done_s: Values


class TimedWrites(NamedTuple):
    """Writes in the order in which they were done, committed and answered; a key and a time each."""

    keys: Keys
    done_s: Values


class _State(NamedTuple):
    """What the compiled functions change in place.

    Attributes:
        filled_s: By key, when its entry was stored; in the future while it is under way.
        expires_s: By key, when its entry is gone.
        overtaken_s: By key, when the first write was done that its entry lacks; infinite for a fresh one.
        hit: By read, whether it found its key.
        ages_s: By read, the age of a stale answer; NaN for a fresh one.
    """

    filled_s: Values
    expires_s: Values
    overtaken_s: Values
    hit: _Flags
    ages_s: Values


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshnessReplay:
    """What the counted reads of a replay came to. ``ages_s`` holds the age of each stale answer, ascending."""

    requests: int
    hits: int
    ages_s: Values

    @property
    def hit_ratio(self) -> float:
        """Hits per read."""
        return self.hits / self.requests

    @property
    def stale_ratio(self) -> float:
        """Stale answers per read."""
        return self.ages_s.size / self.requests


def replay_freshness(
    reads: TimedReads,
    writes: TimedWrites,
    lifetimes_s: Values,
    *,
    invalidates: bool,
    counted: npt.NDArray[np.bool_] | None = None,
) -> FreshnessReplay:
    """Replay a look-aside cache from empty: a read that finds nothing stores what it loads.

    An entry holds what had been written when its read asked the cache, and lives from when that was stored. An
    answer is stale if a write was done after that and before its own read was sent; its age runs from the first
    such write to the answer. A write that invalidates deletes what has been filled by the time that it is done: it
    never loses the race against a fill that is under way, so that here no answer is stale then.

    Args:
        reads: At least one.
        writes: Any number.
        lifetimes_s: How long the entry lives that each read fills, if it does; one a read.
        invalidates: Whether a write deletes what is cached of its key.
        counted: Which reads are counted, one flag a read, at least one of them true; None: all. The others, a
            warm-up say, are replayed too.

    Raises:
        PredictionError: the keys are no ranks, the times do not ascend, there are not as many of them as of keys,
            or nothing is left to count.
    """
    keys = checked_requests(reads.keys, skip=0)
    chosen = np.ones(keys.size, dtype=np.bool_) if counted is None else counted
    _check_times("reads", keys.size, reads.asked_s)
    _check_times("writes", writes.keys.size, writes.done_s)
    _check_columns(keys.size, chosen, reads.sent_s, reads.stored_s, reads.done_s, lifetimes_s)
    ranks = 1 + max(int(keys.max()), int(writes.keys.max(initial=0)))
    state = _State(
        filled_s=np.full(ranks, math.inf),
        expires_s=np.full(ranks, -math.inf),
        overtaken_s=np.full(ranks, math.inf),
        hit=np.zeros(keys.size, dtype=np.bool_),
        ages_s=np.full(keys.size, math.nan),
    )
    _run(reads._replace(keys=keys), lifetimes_s, writes, invalidates, state)
    ages_s = state.ages_s[chosen]
    return FreshnessReplay(
        requests=ages_s.size,
        hits=int(state.hit[chosen].sum()),
        ages_s=np.sort(ages_s[~np.isnan(ages_s)]),
    )


def _check_columns(count: int, chosen: npt.NDArray[np.bool_], *columns: Values) -> None:
    if not chosen.any():
        raise PredictionError(f"none of the {count:,} reads is to be counted; leave some after the warm-up")
    sizes = [column.size for column in (*columns, chosen)]
    if set(sizes) != {count}:
        raise PredictionError(
            f"{count:,} reads need as many of each: sent, stored, done, lifetimes and flags, not "
            f"{', '.join(f'{size:,}' for size in sizes)}; give one a read"
        )


def _check_times(what: str, count: int, times_s: Values) -> None:
    # Written so that a NaN fails too.
    if times_s.shape != (count,) or not np.all(np.diff(times_s) >= 0) or np.isnan(times_s[:1]).any():
        raise PredictionError(
            f"{count:,} {what} need as many ascending times; sort them, and leave out the unknown"
        )


@on_borrowed_arrays
def _run(reads: TimedReads, lifetimes_s: Values, writes: TimedWrites, invalidates: bool, state: _State) -> None:
    write = 0
    for read in range(reads.keys.size):
        key, now_s, stored_s = reads.keys[read], reads.asked_s[read], reads.stored_s[read]
        while write < writes.keys.size and writes.done_s[write] < now_s:
            _commit(state, writes.keys[write], writes.done_s[write], invalidates)
            write += 1
        if state.filled_s[key] <= now_s < state.expires_s[key]:
            state.hit[read] = True
            if state.overtaken_s[key] < reads.sent_s[read]:
                state.ages_s[read] = reads.done_s[read] - state.overtaken_s[key]
            continue
        # Another read may be filling the key already: what it stores is found until this one's replaces it.
        under_way = now_s < state.filled_s[key] < math.inf
        state.filled_s[key] = min(state.filled_s[key], stored_s) if under_way else stored_s
        state.expires_s[key] = stored_s + lifetimes_s[read]
        state.overtaken_s[key] = math.inf


@on_borrowed_arrays
def _commit(state: _State, key: int, now_s: float, invalidates: bool) -> None:
    if not invalidates:
        state.overtaken_s[key] = min(state.overtaken_s[key], now_s)
    elif state.filled_s[key] <= now_s:
        state.expires_s[key] = now_s
