"""CSV with named columns: which name stands for what, and the layout that follows from a file's first line."""

import csv
from dataclasses import dataclass

from loadtests.errors import TraceError
from loadtests.traces.layout import Layout

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvColumns:
    """The names of the columns. One that is None goes by its own name, and may be missing.

    Attributes:
        key: the column of the key; it must be there.
        timestamp: in seconds, whole or not.
        size: size of the value in whole bytes.
        operation: a name as in `OPERATIONS`.
        ttl: time to live in seconds; empty or 0 where a request sets none.
    """

    key: str = "key"
    timestamp: str | None = None
    size: str | None = None
    operation: str | None = None
    ttl: str | None = None

    def layout(self, first_line: bytes, file: str) -> Layout:
        """Return the layout of the lines below that first one.

        Raises:
            TraceError: a column that must be there is not.
        """
        names = header(first_line)
        for name in (self.key, self.timestamp, self.size, self.operation, self.ttl):
            if name is not None and name not in names:
                raise TraceError(
                    f"the trace {file} has no column {name!r} among {', '.join(map(repr, names)) or 'none'}; "
                    "name one that it has"
                )
        return Layout(
            width=len(names),
            key=names.index(self.key),
            timestamp=_place(self.timestamp or "timestamp", names),
            size=_place(self.size or "size", names),
            operation=_place(self.operation or "operation", names),
            ttl=_place(self.ttl or "ttl", names),
        )


def _place(name: str, names: list[str]) -> int | None:
    return names.index(name) if name in names else None


def header(first_line: bytes) -> list[str]:
    """Return the names in a first line, as they stand there without spaces around them; none if it is no CSV."""
    text = first_line.removeprefix(BYTE_ORDER_MARK).decode("utf-8", "replace").strip("\r\n")
    try:
        return [name.strip() for name in next(csv.reader([text]), [])]
    except csv.Error:  # a field of over 128 KiB
        return []
