"""The infos of the data set's users: how many bytes each has, and the texts, in batches of bounded memory.

They are random characters of the 64 of URL-safe base 64: neither PostgreSQL's compression nor anybody else's finds
anything in them, so that a value's size is its size on disk, in the cache and on the wire.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lab.errors import DatasetError
from loadtests.value_sizes import parse_value_sizes

Sizes = npt.NDArray[np.int64]

ALPHABET = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", dtype=np.uint8)
BATCH_BYTES = 8 << 20
MOST_BYTES = 4 << 30
"""Of all infos together: more is a slip of the pen, or a disk that is full some minutes later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InfoSizes:
    """How large the infos are, together; for run.json.

    Attributes:
        mean_bytes, median_bytes, largest_bytes: of all of them.
        cut: how many were drawn larger than the largest that the services take, and cut to it.
    """

    mean_bytes: float
    median_bytes: float
    largest_bytes: int
    cut: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return the fields as JSON values."""
        return asdict(self)


def info_sizes(spelling: str, users: int, seed: int) -> Sizes:
    """Return the bytes of each user's info (int64), the same for the same seed and user.

    Raises:
        ValueSizesError: the spelling does not parse.
        DatasetError: together they are larger than a data set may be.
    """
    sizes_bytes = parse_value_sizes(spelling, seed).of(np.arange(users))
    total_bytes = int(sizes_bytes.sum())
    if total_bytes > MOST_BYTES:
        raise DatasetError(
            f"the value sizes {spelling} come to {total_bytes / 2**30:.1f} GiB for {users:,} users, where "
            f"{MOST_BYTES >> 30} GiB is the most; give smaller --value-sizes or fewer --users"
        )
    return sizes_bytes


def describe_infos(spelling: str, users: int, seed: int) -> InfoSizes:
    """Return what `info_sizes` come to together."""
    sizes_bytes = info_sizes(spelling, users, seed)
    return InfoSizes(
        mean_bytes=float(sizes_bytes.mean()),
        median_bytes=float(np.median(sizes_bytes)),
        largest_bytes=int(sizes_bytes.max()),
        cut=parse_value_sizes(spelling, seed).cut(np.arange(users)),
    )


def info_batches(sizes_bytes: Sizes, random: np.random.Generator) -> Iterator[tuple[int, "pa.StringArray"]]:
    """Yield infos of those sizes in their order: the index of a batch's first, and the batch.

    A batch has `BATCH_BYTES` of text, or a single info that is larger.
    """
    ends_bytes = np.cumsum(sizes_bytes)
    first = 0
    while first < len(sizes_bytes):
        begun_bytes = ends_bytes[first] - sizes_bytes[first]
        end = max(first + 1, int(np.searchsorted(ends_bytes, begun_bytes + BATCH_BYTES, side="right")))
        offsets = np.concatenate([[0], ends_bytes[first:end] - begun_bytes]).astype(np.int32)
        text = ALPHABET[np.frombuffer(random.bytes(int(offsets[-1])), dtype=np.uint8) & (len(ALPHABET) - 1)]
        yield first, pa.StringArray.from_buffers(end - first, pa.py_buffer(offsets), pa.py_buffer(text))
        first = end
