"""Small traces of every format, made on the spot."""

import gzip
import lzma
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa

from loadtests.traces.oracle_general import RECORD

TWITTER_LINES = (
    "10,nz:u:a,6,120,1,get,0",
    "10,nz:u:b,6,0,2,gets,0",
    "11,nz:u:a,6,130,1,set,3600",
    "13,nz:u:c,6,0,1,delete,0",
)
CSV_LINES = ("when,key,operation,size,ttl", "0.5,a,GET,10,", "0.75,b,set,20,60", "2,a,get,10,")
ORACLE_RECORDS = ((5, 70, 100, 2), (5, 3, 200, -1), (6, 70, 100, np.iinfo(np.int64).max), (9, 1 << 63, 7, -1))


def write_web12(path: Path, keys: Iterable[int]) -> Path:
    """Write a trace of 32-bit keys."""
    path.write_bytes(np.array(list(keys), dtype="<u4").tobytes())
    return path


def write_lines(path: Path, lines: Iterable[str], end: str = "\n") -> Path:
    """Write a trace of text."""
    path.write_bytes("".join(line + end for line in lines).encode())
    return path


def write_oracle(path: Path, records: Iterable[tuple[int, ...]]) -> Path:
    """Write a trace of (time, object, size, next request)."""
    path.write_bytes(np.array(list(records), dtype=RECORD).tobytes())
    return path


def packed(path: Path, how: str) -> Path:
    """Write a file's content again, packed, under a name that says nothing of it."""
    content = path.read_bytes()
    target = path.with_name(f"{how}.bin")
    if how == "zst":
        with pa.CompressedOutputStream(str(target), "zstd") as stream:
            stream.write(content)
    else:
        target.write_bytes({"gzip": gzip.compress, "xz": lzma.compress, "plain": bytes}[how](content))
    return target
