"""Where in a line of comma-separated text the fields stand."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """The fields of a line, by their index from 0; None is a field that the lines do not have.

    Attributes:
        width: number of fields in a line.
        key, timestamp, size, key_size, operation, ttl: where each is.
        quoted: whether a field may stand in double quotes, as in CSV.
        commas_in_key: whether a key may hold commas, unquoted: then the fields are counted from both ends.
    """

    width: int
    key: int
    timestamp: int | None = None
    size: int | None = None
    key_size: int | None = None
    operation: int | None = None
    ttl: int | None = None
    quoted: bool = True
    commas_in_key: bool = False


TWITTER = Layout(
    width=7, timestamp=0, key=1, key_size=2, size=3, operation=5, ttl=6, quoted=False, commas_in_key=True
)
"""The open Twitter format; field 4 is the client, which nothing here needs.

References:
    github.com/twitter/cache-trace, README.md, "Trace Format".
"""
