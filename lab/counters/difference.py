"""The difference of two readings of a counter, either of which may be unknown."""

from typing import TypeVar

Number = TypeVar("Number", int, float)


def difference(later: Number | None, earlier: Number | None) -> Number | None:
    """Return what was counted in between; None when either reading is unknown."""
    return None if later is None or earlier is None else later - earlier
