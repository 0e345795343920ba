"""Which format a trace is of: told from its content, and from its name only where the content leaves it open."""

from typing import Literal

import numpy as np

from loadtests.errors import TraceError
from loadtests.traces.access_log import looks_like_access_log
from loadtests.traces.content import Content
from loadtests.traces.csv_columns import CsvColumns, header
from loadtests.traces.key_pattern import EXAMPLE
from loadtests.traces.layout import TWITTER
from loadtests.traces.oracle_general import looks_like_oracle_general
from loadtests.traces.text_line import BadLineError, parse_line

TraceFormat = Literal["web12", "csv", "twitter", "oracle-general", "access-log"]

FOREIGN = {
    b"PK\x03\x04": "a zip archive",
    b"BZh": "compressed by bzip2",
    b"\x04\x22\x4d\x18": "compressed by lz4",
    b"PAR1": "a Parquet file",
    b"\x89HDF": "an HDF5 file",
    b"SQLite format 3": "an SQLite database",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"%PDF": "a PDF document",
    b"\x7fELF": "a program",
}
"""What is neither text nor a trace and would pass for 32-bit keys."""

CONTROL = bytes(set(range(0x20)) - set(b"\t\n\r"))
LOOKED_AT_BYTES = 4096

FEWEST_KEYS = 1_000
NOISE_RATIO = 0.98
ALL_BYTES = 256
"""Where so many 32-bit numbers lie all over the range and hardly any comes twice, nothing says that they are keys:
compressed content looks like that, and so does chance."""


def detect_format(content: Content, columns: CsvColumns) -> TraceFormat:
    """Return the format of a trace that is not empty.

    Raises:
        TraceError: it is of none that is read here.
    """
    for magic, what in FOREIGN.items():
        if content.head.startswith(magic):
            raise TraceError(
                f"the trace {content.file} is {what}; give it plain, or compressed by gzip, xz or zst, in the "
                "format web12, csv, twitter or oracle-general"
            )
    looked_at = content.head[:LOOKED_AT_BYTES]
    if len(looked_at.translate(None, CONTROL)) == len(looked_at):
        return _text_format(content, columns)
    named = "oraclegeneral" in content.file.lower()
    if named or looks_like_oracle_general(content.head, is_whole=content.is_whole_in_head):
        return "oracle-general"
    if _looks_like_noise(content.head):
        raise TraceError(
            f"the trace {content.file} does not look like 32-bit keys, hardly any of which comes twice in its "
            "beginning: it is of another format; name it with --trace-format (web12, if it is just that)"
        )
    return "web12"


def _text_format(content: Content, columns: CsvColumns) -> TraceFormat:
    first_line = content.head.partition(b"\n")[0].removesuffix(b"\r")
    if columns.key in header(first_line):
        return "csv"
    # The first line may be a bad one; any good one will do.
    for line in content.head[:LOOKED_AT_BYTES].split(b"\n"):
        if looks_like_access_log(line):
            raise TraceError(
                f"the trace {content.file} is an access log, of which a pattern must tell the key: "
                f"`lab size --log FILE --key '{EXAMPLE}'` takes it"
            )
        try:
            parse_line(line.removesuffix(b"\r"), TWITTER)
        except BadLineError:
            continue
        return "twitter"
    raise TraceError(
        f"the trace {content.file} is text, but neither CSV with a column {columns.key!r} named in its first line "
        f"nor of the open Twitter format ({TWITTER.width} fields, no header); name the column of the key, or give "
        "another file"
    )


def _looks_like_noise(head: bytes) -> bool:
    """Say whether content that would pass for 32-bit keys is more likely something else."""
    keys = np.frombuffer(head, dtype="<u4", count=len(head) // 4)
    if len(keys) < FEWEST_KEYS:
        return False
    distinct_ratio = len(np.unique(keys)) / len(keys)
    return distinct_ratio > NOISE_RATIO and len(np.unique(keys >> 24)) > ALL_BYTES * NOISE_RATIO - 1
