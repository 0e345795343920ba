"""One line of a text trace, taken apart field by field: slow, and exact about what is wrong."""

import csv
import math
from dataclasses import dataclass

from loadtests.traces.layout import Layout
from loadtests.traces.operation import OPERATIONS

LARGEST_INTEGER = (1 << 63) - 1


class BadLineError(ValueError):
    """A line is no request; its text says why and stands inside a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One request; what the layout does not have is None, and a time to live that is not set NaN."""

    key: bytes
    timestamp_s: float | None
    size_bytes: int | None
    key_size_bytes: int | None
    operation: int | None
    ttl_s: float | None


def parse_line(line: bytes, layout: Layout) -> Line:
    """Return the request that `line` (without its end) says.

    Raises:
        BadLineError: it says none.
    """
    fields = _fields(line, layout)
    if not fields[layout.key]:
        raise BadLineError("its key is empty")
    return Line(
        key=fields[layout.key],
        timestamp_s=None if layout.timestamp is None else _seconds(fields[layout.timestamp], "timestamp"),
        size_bytes=None if layout.size is None else _bytes(fields[layout.size], "value size"),
        key_size_bytes=None if layout.key_size is None else _bytes(fields[layout.key_size], "key size"),
        operation=None if layout.operation is None else _operation(fields[layout.operation]),
        ttl_s=None if layout.ttl is None else _ttl_s(fields[layout.ttl]),
    )


def _fields(line: bytes, layout: Layout) -> list[bytes]:
    fields = line.split(b",")
    if layout.quoted and b'"' in line:
        # Latin-1 gives every byte a character, and each its byte back.
        try:
            fields = [text.encode("latin-1") for text in next(csv.reader([line.decode("latin-1")]))]
        except csv.Error as error:
            raise BadLineError(f"it does not read as CSV ({error})") from error
    surplus = len(fields) - layout.width
    if surplus > 0 and layout.commas_in_key:
        end = layout.key + surplus + 1
        fields[layout.key : end] = [b",".join(fields[layout.key : end])]
    if len(fields) != layout.width:
        raise BadLineError(f"it has {len(fields)} fields instead of {layout.width}")
    return fields


def _seconds(field: bytes, what: str) -> float:
    try:
        value = math.nan if b"_" in field else float(field)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise BadLineError(f"its {what} {_shown(field)} is no number of seconds")
    return value


def _ttl_s(field: bytes) -> float:
    value = _seconds(field, "TTL") if field.strip() else 0.0
    if value < 0:
        raise BadLineError(f"its TTL {_shown(field)} is below 0")
    return value or math.nan


def _bytes(field: bytes, what: str) -> int:
    is_hexadecimal = field.strip()[:2].lower() == b"0x"  # Arrow reads these too
    try:
        value = -1 if b"_" in field else int(field, 16 if is_hexadecimal else 10)
    except ValueError:
        value = -1
    if not 0 <= value <= LARGEST_INTEGER:
        raise BadLineError(f"its {what} {_shown(field)} is no number of bytes")
    return value


def _operation(field: bytes) -> int:
    operation = OPERATIONS.get(field.strip().lower())
    if operation is None:
        raise BadLineError(f"its operation {_shown(field)} is unknown")
    return int(operation)


def _shown(field: bytes) -> str:
    return repr(field.decode("utf-8", "replace"))
