"""Reads a trace of requests into an array of key ranks. Not named `trace`, as the standard library has one.

The format is the one of the public `web12` trace: little-endian unsigned 32-bit integers, one a request, in
order, without timestamps; plain or xz-compressed.
"""

import hashlib
import lzma
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from loadtests.errors import TraceError

XZ_MAGIC = b"\xfd7zXZ\x00"
HASH_SPACE = 1 << 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A trace with its keys renumbered.

    Attributes:
        file: name of the file it came from.
        sha256: digest of that file.
        ranks: int64 array, one a request; key k is the k-th distinct key of the trace, from 0.
        distinct_keys: number of distinct keys.
    """

    file: str
    sha256: str
    ranks: npt.NDArray[np.int64]
    distinct_keys: int

    def sample(self, share_ratio: float) -> "Trace":
        """Keep the requests for about `share_ratio` of the keys, chosen by a hash of the key.

        A spatial sample keeps each kept key's reuse pattern, so a cache of the same share of the keys behaves
        much as the full cache does on the full trace.

        References:
            Waldspurger et al., Efficient MRC Construction with SHARDS, FAST 2015.
        """
        if share_ratio >= 1:
            return self
        hashes = (self.ranks.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(40)
        kept = self.ranks[hashes < np.uint64(share_ratio * HASH_SPACE)]
        if not len(kept):
            raise TraceError(f"no key of {self.file} is left at a share of {share_ratio:g}; raise the share")
        ranks, distinct = _renumber(kept)
        return Trace(file=self.file, sha256=self.sha256, ranks=ranks, distinct_keys=distinct)


def read_trace(path: Path) -> Trace:
    """Read the whole trace at `path`.

    Raises:
        TraceError: the file is missing, cut off, empty or not a whole number of 32-bit keys.
    """
    try:
        stored = path.read_bytes()
    except OSError as error:
        raise TraceError(f"the trace {path} cannot be read ({error.strerror}); check the path") from error
    content = _decompress(path, stored) if stored.startswith(XZ_MAGIC) else stored
    if not content:
        raise TraceError(f"the trace {path} is empty; give a file with at least one 32-bit key")
    if len(content) % 4:
        raise TraceError(
            f"the trace {path} holds {len(content):,} bytes, which is no whole number of 32-bit keys; "
            "it is cut off or of another format: fetch it again"
        )
    ranks, distinct = _renumber(np.frombuffer(content, dtype="<u4"))
    return Trace(file=path.name, sha256=hashlib.sha256(stored).hexdigest(), ranks=ranks, distinct_keys=distinct)


def _decompress(path: Path, stored: bytes) -> bytes:
    try:
        return lzma.decompress(stored, format=lzma.FORMAT_XZ)  # all its streams, were there several
    except lzma.LZMAError as error:
        cut_off = "end-of-stream" in str(error)
        what = "is cut off inside its xz stream" if cut_off else f"is damaged ({error})"
        raise TraceError(f"the trace {path} {what}; fetch it again") from error


def _renumber(keys: npt.NDArray[np.generic]) -> tuple[npt.NDArray[np.int64], int]:
    """Number keys by first appearance, so that key k of the trace is user k whatever its original number."""
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    order = np.empty(len(first), dtype=np.int64)
    order[np.argsort(first)] = np.arange(len(first))
    return order[inverse], len(first)
