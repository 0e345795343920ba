"""The format of the public `web12` trace: little-endian unsigned 32-bit keys, one a request, and nothing else."""

from collections.abc import Iterator

import numpy as np

from loadtests.traces.bad_records import BadRecords
from loadtests.traces.content import Content
from loadtests.traces.records import Records, encode

KEY_BYTES = 4


def read_web12(content: Content, bad: BadRecords) -> Iterator[Records]:
    """Yield the requests. Any four bytes are a key, so only the end can be bad."""
    number = 0
    for block in content.blocks(KEY_BYTES):
        keys = np.frombuffer(block, dtype="<u4", count=len(block) // KEY_BYTES)
        number += len(keys)
        if len(keys):
            codes, distinct = encode(keys)
            yield Records(codes=codes, distinct=distinct)
        left = len(block) % KEY_BYTES
        if left:
            bad.found(
                number + 1,
                "record",
                f"the file ends after {left} of its {KEY_BYTES} bytes, and is no whole number of 32-bit keys: "
                "it is cut off or of another format",
            )
