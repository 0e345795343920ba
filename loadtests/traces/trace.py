"""A whole trace in memory, with its keys numbered, and what can be made of it."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from loadtests.errors import TraceError
from loadtests.key_hash import key_uniforms
from loadtests.traces.details import Details
from loadtests.traces.numbering import KeyNumbers
from loadtests.traces.operation import Operation
from loadtests.traces.records import Records, encode

SEED_DIGITS = 16  # of a file's digest: 64 bits
NS = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace(Details):
    """A trace with its keys renumbered, and the columns that its format has.

    Attributes:
        file: name of the file it came from.
        sha256: digest of that file.
        ranks: int64 array, one a request; key k is the k-th distinct key of the trace, from 0.
        distinct_keys: number of distinct keys.
        trace_format: what the file was read as.
        bad_records: how many records or lines were skipped.
        unmatched_records: good lines of an access log that the pattern takes no key from.
    """

    file: str
    sha256: str
    ranks: npt.NDArray[np.int64]
    distinct_keys: int
    trace_format: str | None = None
    bad_records: int = 0
    unmatched_records: int = 0

    def sample(self, share_ratio: float) -> "Trace":
        """Keep the requests for about `share_ratio` of the keys, chosen by a hash of the key.

        A spatial sample keeps each kept key's reuse pattern, so a cache of the same share of the keys behaves
        much as the full cache does on the full trace.

        References:
            Waldspurger et al., Efficient MRC Construction with SHARDS, FAST 2015.
        """
        if share_ratio >= 1:
            return self
        # Seeded by the file, so that no number of a key is in every sample of every trace, or in none: the first
        # keys of a trace tend to be its hottest.
        seed = int(self.sha256[:SEED_DIGITS] or "0", 16)
        chosen = key_uniforms(np.arange(self.distinct_keys), seed) < share_ratio
        kept = chosen[self.ranks]
        if not kept.any():
            raise TraceError(f"no key of {self.file} is left at a share of {share_ratio:g}; raise the share")
        return self._of_requests(kept)

    def reads(self) -> "Trace":
        """Keep the requests that read; all of them where the trace does not tell operations.

        Raises:
            TraceError: there is none.
        """
        if self.operations is None or (self.operations == Operation.READ).all():
            return self
        kept = self.operations == Operation.READ
        if not kept.any():
            raise TraceError(f"the trace {self.file} has {len(kept):,} writes and no read; give one with reads")
        return self._of_requests(kept)

    def _of_requests(self, kept: npt.NDArray[np.bool_]) -> "Trace":
        """Keep some requests, and number their keys anew."""
        numbers = KeyNumbers()
        codes, distinct = encode(self.ranks[kept])
        return Trace(
            file=self.file,
            sha256=self.sha256,
            ranks=numbers.ranks(Records(codes=codes, distinct=distinct)),
            distinct_keys=len(numbers),
            trace_format=self.trace_format,
            bad_records=self.bad_records,
            unmatched_records=self.unmatched_records,
            **self.kept(kept),
        )

    def first_sizes_bytes(self) -> npt.NDArray[np.int64] | None:
        """Return the value size of each key's first request (int64, one a key); None where the trace has none."""
        if self.sizes_bytes is None:
            return None
        # Keys are numbered by their first appearance: one appears where the highest number so far rises.
        first = np.flatnonzero(np.diff(np.maximum.accumulate(self.ranks), prepend=-1))
        sizes_bytes: npt.NDArray[np.int64] = self.sizes_bytes[first]
        return sizes_bytes

    def offsets_ns(self, speed: float = 1.0) -> npt.NDArray[np.int64]:
        """Return when each request is to leave by the trace's own timing: int64, ns from the first, never back.

        `speed` 2 replays in half the time. Where all timestamps are whole seconds, as in the Twitter and
        oracleGeneral formats, the requests of a second are spread evenly over it in their order: all at its start
        would be a burst that the trace does not claim. One that is earlier than the one before it leaves with it.

        Raises:
            TraceError: the trace has no timestamps, or the speed is not above 0.
        """
        if self.timestamps_s is None:
            raise TraceError(
                f"the trace {self.file} has no timestamps; replay it by order, at a rate of your choice"
            )
        if not 0 < speed < math.inf:
            raise TraceError(f"the replay of {self.file} cannot run at a speed of {speed:g}; give one above 0")
        moments_s = np.maximum.accumulate(self.timestamps_s)
        if (moments_s == np.floor(moments_s)).all():
            moments_s = moments_s + _within_equals(moments_s)
        offsets_ns: npt.NDArray[np.int64] = np.rint((moments_s - moments_s[0]) * (NS / speed)).astype(np.int64)
        return offsets_ns


def _within_equals(moments_s: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return how far in each run of equal moments an entry stands, from 0 and below 1."""
    begins = np.flatnonzero(np.diff(moments_s, prepend=-np.inf))
    lengths = np.diff(begins, append=len(moments_s))
    places = np.arange(len(moments_s)) - np.repeat(begins, lengths)
    shares: npt.NDArray[np.float64] = places / np.repeat(lengths, lengths)
    return shares
