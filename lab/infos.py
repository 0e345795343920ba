"""The infos of the data set's users: how many bytes each has, and the texts, in batches of bounded memory."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lab.errors import DatasetError
from loadtests.info_text import random_text
from loadtests.traces import Trace
from loadtests.traffic import working_set
from loadtests.value_sizes import DEFAULT_VALUE_SIZES, LARGEST_BYTES, OF_TRACE, parse_value_sizes

Sizes = npt.NDArray[np.int64]

BATCH_BYTES = 8 << 20
MOST_BYTES = 4 << 30
"""Of all infos together: more is a slip of the pen, or a disk that is full some minutes later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Infos:
    """How large the infos are.

    Attributes:
        value_sizes: where their sizes are from, as the data set's parameters have it.
        sizes_bytes: int64, one a user.
        cut: how many were to be larger than the largest that the services take, and are cut to it.
    """

    value_sizes: str
    sizes_bytes: Sizes
    cut: int = 0

    def __post_init__(self) -> None:
        """Refuse what a disk had better not be asked for."""
        total_bytes = int(self.sizes_bytes.sum())
        if total_bytes > MOST_BYTES:
            raise DatasetError(
                f"the value sizes {self.value_sizes} come to {total_bytes / 2**30:.1f} GiB for "
                f"{len(self.sizes_bytes):,} users, where {MOST_BYTES >> 30} GiB is the most; give smaller "
                "--value-sizes or fewer --users"
            )

    def to_json(self) -> dict[str, Any]:
        """Return what run.json tells of them: bytes on average, in the middle, of the largest; how many cut."""
        return {
            "mean_bytes": float(self.sizes_bytes.mean()),
            "median_bytes": float(np.median(self.sizes_bytes)),
            "largest_bytes": int(self.sizes_bytes.max()),
            "cut": self.cut,
        }

    def batches(self, random: np.random.Generator) -> Iterator[tuple[int, "pa.StringArray"]]:
        """Yield the infos in the order of the users: the index of a batch's first, and the batch.

        A batch has `BATCH_BYTES` of text, or a single info that is larger.
        """
        ends_bytes = np.cumsum(self.sizes_bytes)
        first = 0
        while first < len(ends_bytes):
            begun_bytes = ends_bytes[first] - self.sizes_bytes[first]
            end = max(first + 1, int(np.searchsorted(ends_bytes, begun_bytes + BATCH_BYTES, side="right")))
            offsets = np.concatenate([[0], ends_bytes[first:end] - begun_bytes]).astype(np.int32)
            text = random_text(int(offsets[-1]), random)
            yield first, pa.StringArray.from_buffers(end - first, pa.py_buffer(offsets), pa.py_buffer(text))
            first = end


def drawn_infos(spelling: str, users: int, seed: int) -> Infos:
    """Return the infos whose sizes a law says, the same for the same seed and user.

    Raises:
        ValueSizesError: the spelling does not parse.
        DatasetError: together they are larger than a data set may be.
    """
    sizes, everybody = parse_value_sizes(spelling, seed), np.arange(users)
    return Infos(value_sizes=spelling, sizes_bytes=sizes.of(everybody), cut=sizes.cut(everybody))


def traced_infos(trace: Trace, users: int) -> Infos | None:
    """Return infos as large as the first record of each user's key says; None where the trace has no sizes.

    Users that the trace does not ask for have infos of the default size.

    Raises:
        DatasetError: together they are larger than a data set may be.
    """
    first_bytes = trace.first_sizes_bytes()
    if first_bytes is None:
        return None
    sizes_bytes = drawn_infos(DEFAULT_VALUE_SIZES, users, 0).sizes_bytes
    sizes_bytes[working_set(trace.distinct_keys, users)] = np.minimum(first_bytes, LARGEST_BYTES)
    # By the sizes themselves: the same file read in another way may have others.
    name = f"{OF_TRACE}:{hashlib.blake2b(sizes_bytes.tobytes(), digest_size=8).hexdigest()}"
    return Infos(value_sizes=name, sizes_bytes=sizes_bytes, cut=int((first_bytes > LARGEST_BYTES).sum()))
