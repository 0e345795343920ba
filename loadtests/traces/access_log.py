"""Access logs of web servers, in the common or the combined format: requests of which a pattern knows the key.

A line is `host ident user [time] "request" status bytes`, and more after it where there is more; the virtual host
may stand before it. GET and HEAD read, any other method writes. The size is that of the answer's body, 0 where the
log has `-` or nothing was sent.

References:
    Apache HTTP Server documentation, Log Files, "Common Log Format" and "Combined Log Format"; nginx has both.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from loadtests.traces.bad_records import BadRecords
from loadtests.traces.content import Content
from loadtests.traces.key_pattern import KeyPattern
from loadtests.traces.operation import Operation
from loadtests.traces.records import Records, encode

Flags = npt.NDArray[np.bool_]

LINE = re.compile(
    rb'^\S+ \S+ [^\[\n]*\[([^\]\n]*)\] "((?:[^"\\\n]|\\[^\n])*)" (?:\d{3}|-) (\d{1,15}|-)(?: [^\n]*)?\r?$',
    re.MULTILINE,
)
"""Its groups are the time, the request and the bytes sent; the request's quotes are escaped, by both servers."""

TIME = re.compile(rb"(\d{2})/([A-Z][a-z]{2})/(\d{4}):(\d{2}):(\d{2}):(\d{2}) ([+-])(\d{2})(\d{2})")
MONTHS = {name: month for month, name in enumerate(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}
NO_LINE = "it is none of the common or combined log format"
READS = (b"GET", b"HEAD")

Fields = tuple[bytes, bytes, bytes]


class AccessLog:
    """One access log as it is read.

    Attributes:
        pattern: tells the key.
        unmatched: good lines so far from whose request the pattern takes no key: other paths, and what is no
            request at all, such as the start of a TLS connection.
        an_unmatched_path: the first of those, for a message.
    """

    def __init__(self, content: Content, bad: BadRecords, pattern: KeyPattern) -> None:
        self._content = content
        self._bad = bad
        self.pattern = pattern
        self.unmatched = 0
        self.an_unmatched_path: bytes | None = None

    def records(self) -> Iterator[Records]:
        """Yield the requests whose path has a key. Lines count from 1; empty ones are no requests."""
        number = 1
        for block in self._content.line_blocks():
            found = self._records(_fields(block, number, self._bad), number)
            if found is not None:
                yield found
            number += block.count(b"\n")

    def _records(self, lines: Sequence[Fields], number: int) -> Records | None:
        """Return the requests among the lines of a block; what lines have in common is looked at once."""
        if not lines:
            return None
        times, requests, sizes = zip(*lines, strict=True)
        codes, distinct = encode(pa.array(requests, pa.binary()))
        told = [_method_and_path(request) for request in distinct]
        keys = [None if each is None else self.pattern.key(each[1]) for each in told]
        kept = np.array([key is not None for key in keys])[codes]
        self._count_unmatched(kept, keys, told)
        if not kept.any():
            return None
        reads = np.array([each is not None and each[0] in READS for each in told])[codes]
        key_codes, distinct_keys = encode(pa.array(keys, pa.binary()).take(pa.array(codes[kept])))
        return Records(
            codes=key_codes,
            distinct=distinct_keys,
            timestamps_s=_each(times, _unix_s)[kept],
            sizes_bytes=_each(sizes, _bytes_sent)[kept].astype(np.int64),
            operations=np.where(reads[kept], Operation.READ, Operation.WRITE).astype(np.uint8),
        )

    def _count_unmatched(
        self, kept: Flags, keys: Sequence[bytes | None], told: Sequence[tuple[bytes, bytes] | None]
    ) -> None:
        self.unmatched += int(np.count_nonzero(~kept))
        if self.an_unmatched_path is None:
            paths = (each[1] for each, key in zip(told, keys, strict=True) if each is not None and key is None)
            self.an_unmatched_path = next(paths, None)


def looks_like_access_log(line: bytes) -> bool:
    """Say whether a line is one of an access log."""
    found = LINE.fullmatch(line)
    return found is not None and _unix_s(found[1]) is not None


def _fields(block: bytes, number: int, bad: BadRecords) -> list[Fields]:
    """Return the fields of the good lines of a block whose first line has that number.

    All at once where every line is good, which is faster than line by line.
    """
    lines = block.count(b"\n") + (not block.endswith(b"\n"))
    found: list[Fields] = LINE.findall(block)
    if len(found) == lines and all(_unix_s(time) is not None for time in {each[0] for each in found}):
        return found
    good: list[Fields] = []
    for at, line in enumerate(block.split(b"\n"), start=number):
        match = LINE.fullmatch(line)
        if match is not None and _unix_s(match[1]) is not None:
            good.append((match[1], match[2], match[3]))
        elif line.strip():
            bad.found(at, "line", NO_LINE if match is None else _no_time(match))
    return good


def _no_time(line: "re.Match[bytes]") -> str:
    return f"its time {line[1].decode('utf-8', 'replace')!r} does not read as 10/Oct/2026:13:55:36 +0200"


@lru_cache(maxsize=4096)  # a busy second has many lines
def _unix_s(time: bytes) -> float | None:
    """Return the Unix time of `10/Oct/2026:13:55:36 +0200`; None for anything else."""
    found = TIME.fullmatch(time)
    if found is None or found[2] not in MONTHS:
        return None
    day, year, hour, minute, second, ahead_h, ahead_min = (int(found[group]) for group in (1, 3, 4, 5, 6, 8, 9))
    ahead = timedelta(hours=ahead_h, minutes=ahead_min) * (-1 if found[7] == b"-" else 1)
    try:
        # A leap second is logged as 60, and is the one after 59 for us.
        moment = datetime(year, MONTHS[found[2]], day, hour, minute, 0, tzinfo=timezone(ahead))
    except ValueError:
        return None
    return moment.astimezone(UTC).timestamp() + second if second <= 60 else None


def _method_and_path(request: bytes) -> tuple[bytes, bytes] | None:
    """Return the first two words of `GET /path HTTP/1.1`; None where there is no path."""
    method, _, rest = request.partition(b" ")
    path = rest.partition(b" ")[0]
    return (method, path) if path else None


def _each(values: Sequence[bytes], number: Callable[[bytes], float | None]) -> npt.NDArray[np.float64]:
    """Return a number for each value, worked out once for each distinct one."""
    codes, distinct = encode(pa.array(values, pa.binary()))
    return np.array([number(value) for value in distinct], dtype=np.float64)[codes]


def _bytes_sent(text: bytes) -> float:
    return 0.0 if text == b"-" else float(text)
