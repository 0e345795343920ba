"""Which key is asked for how often. Draws arrays of key ranks: 0 is the most popular key of a distribution."""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from loadtests.errors import PopularityError
from loadtests.tracefile import Trace, read_trace

Ranks = npt.NDArray[np.int64]

SPELLINGS = "uniform, zipf:EXPONENT, hotspot:KEYS_RATIO:REQUESTS_RATIO or trace:FILE"


class Popularity(Protocol):
    """A source of key ranks in [0, keys)."""

    @property
    def keys(self) -> int:
        """Number of keys that can be drawn."""

    def draw(self, count: int, start: int, random: np.random.Generator) -> Ranks:
        """Return `count` ranks; `start` is the position in a replay, which distributions ignore."""


@dataclass(frozen=True)
class Zipf:
    """Rank k (from 1) is drawn with probability proportional to k ** -exponent; exponent 0 is uniform."""

    keys: int
    exponent: float

    def draw(self, count: int, start: int, random: np.random.Generator) -> Ranks:
        return np.searchsorted(self._cumulative, random.random(count), side="right").astype(np.int64)

    @cached_property
    def _cumulative(self) -> npt.NDArray[np.float64]:
        weights = np.arange(1, self.keys + 1, dtype=np.float64) ** -self.exponent
        cumulative = np.cumsum(weights / weights.sum())
        cumulative[-1] = 1.0  # rounding must not leave a gap above the last key
        return cumulative


@dataclass(frozen=True)
class Hotspot:
    """A share of the requests goes to a share of the keys, uniformly within and without (YCSB's hotspot)."""

    keys: int
    keys_ratio: float
    requests_ratio: float

    def draw(self, count: int, start: int, random: np.random.Generator) -> Ranks:
        hot = max(1, min(self.keys - 1, round(self.keys * self.keys_ratio)))
        is_hot = random.random(count) < self.requests_ratio
        return np.where(is_hot, random.integers(0, hot, count), random.integers(hot, self.keys, count))


@dataclass(frozen=True)
class Replay:
    """The requests of a trace in their order, from the start again when the trace ends."""

    trace: Trace

    @property
    def keys(self) -> int:
        return self.trace.distinct_keys

    def draw(self, count: int, start: int, random: np.random.Generator) -> Ranks:
        return np.take(self.trace.ranks, np.arange(start, start + count), mode="wrap")


@lru_cache(maxsize=8)
def parse_popularity(spelling: str, keys: int, trace_share_ratio: float = 1.0) -> Popularity:
    """Make the popularity that `spelling` names, over `keys` keys (a trace brings its own).

    Kept for the process: the blocks of a run draw from the same one.

    Raises:
        PopularityError: the spelling is unknown or a parameter is out of range.
        TraceError: the trace cannot be read.
    """
    name, _, rest = spelling.partition(":")
    if name == "trace" and rest:
        return Replay(read_trace(Path(rest)).sample(trace_share_ratio))
    if keys < 2:
        raise PopularityError(f"a working set of {keys} keys leaves nothing to choose from; give at least 2")
    if name == "uniform" and not rest:
        return Zipf(keys, 0.0)
    if name == "zipf":
        return Zipf(keys, _number(spelling, rest, "exponent", 0, 100))
    if name == "hotspot":
        keys_text, _, requests_text = rest.partition(":")
        return Hotspot(
            keys,
            _number(spelling, keys_text, "share of the keys", 0, 1),
            _number(spelling, requests_text, "share of the requests", 0, 1),
        )
    raise PopularityError(f"unknown popularity {spelling!r}; write {SPELLINGS}")


def _number(spelling: str, text: str, what: str, low: float, high: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value <= high:
        raise PopularityError(f"popularity {spelling!r}: the {what} must be a number from {low:g} to {high:g}")
    return value
