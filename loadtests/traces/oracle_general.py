"""The format oracleGeneral of libCacheSim: packed records of 24 bytes, little-endian.

A record is the time in seconds (u32), the object (u64), its size in bytes (u32) and the position of its next
request (i64), which only an oracle needs and is checked but not kept.

References:
    libCacheSim, `traceReader/customizedReader/oracle/oracleGeneralBin.h`.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from loadtests.traces.bad_records import BadRecords
from loadtests.traces.content import Content
from loadtests.traces.records import Records, encode

RECORD = np.dtype([("time_s", "<u4"), ("key", "<u8"), ("size_bytes", "<u4"), ("next", "<i8")])
NEVER = (-1, np.iinfo(np.int64).max)
UNKNOWN = -2
FARTHEST = 1 << 40
"""Positions in a trace are below this; two 32-bit keys read as one are mostly above."""

ENOUGH = 32
"""Records in a row whose times do not go back are no chance."""


def read_oracle_general(content: Content, bad: BadRecords) -> Iterator[Records]:
    """Yield the requests. A record whose next request is before the trace is bad, and so is half a record."""
    number = 0
    for block in content.blocks(RECORD.itemsize):
        records = np.frombuffer(block, dtype=RECORD, count=len(block) // RECORD.itemsize)
        good = records["next"] >= UNKNOWN
        for index in np.flatnonzero(~good):
            bad.found(number + int(index) + 1, "record", f"its next request is at {records['next'][index]}")
        number += len(records)
        if good.any():
            yield _records(records[good])
        left = len(block) % RECORD.itemsize
        if left:
            bad.found(
                number + 1,
                "record",
                f"the file ends after {left} of its {RECORD.itemsize} bytes: it is cut off or of another format",
            )


def _records(records: npt.NDArray[Any]) -> Records:
    codes, distinct = encode(np.ascontiguousarray(records["key"]))
    return Records(
        codes=codes,
        distinct=distinct,
        timestamps_s=records["time_s"].astype(np.float64),
        sizes_bytes=records["size_bytes"].astype(np.int64),
    )


def looks_like_oracle_general(head: bytes, *, is_whole: bool) -> bool:
    """Whether the start of a binary file (all of it, if `is_whole`) reads as such records.

    Times never go back, and next requests are never, unknown, or later in the trace. In a short file, where that
    may be chance, most records must also say never, or point to a request for the same object.
    """
    records = np.frombuffer(head, dtype=RECORD, count=len(head) // RECORD.itemsize)
    following = records["next"]
    ended = np.isin(following, (*NEVER, UNKNOWN))
    plausible = ended | ((following > np.arange(len(records))) & (following < FARTHEST))
    if not len(records) or not plausible.all() or (np.diff(records["time_s"].astype(np.int64)) < 0).any():
        return False
    if not is_whole and len(records) >= ENOUGH:
        return True
    return bool((ended | _points_to_itself(records)).mean() > 0.5)


def _points_to_itself(records: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Tell for each record whether its next request is one for the same object, counted from 0 or from 1."""
    keys, following = records["key"], records["next"]
    points = np.zeros(len(records), dtype=np.bool_)
    for first in (0, 1):
        position = following - first
        inside = (position >= 0) & (position < len(records))
        points[inside] |= keys[position[inside]] == keys[inside]
    return points
