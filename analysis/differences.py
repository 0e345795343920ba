"""What differs between a file as it is recorded and the same file made again."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any

RELATIVE_TOLERANCE = 1e-9
"""Another machine's NumPy may sum in another order: the last digits of a float are nobody's lie."""
ABSOLUTE_TOLERANCE = 1e-15
"""For the end of an interval that comes out at almost 0 as a difference of numbers of about 1."""

_ABSENT = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that is not as recorded.

    Attributes:
        file: The file, from the run folder.
        where: The place in it: a path such as ``reads[0].hit_ratio.value``, or a line; None for the file itself.
        recorded: What stands there.
        found: What the check finds instead: the value computed again, or the file as it is now.
    """

    file: str
    where: str | None
    recorded: str
    found: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How much of one subject, a file or a part of the folder, was compared, in which unit; and what differs."""

    subject: str
    compared: int
    unit: str
    differences: tuple[Difference, ...]


def compare_values(file: str, recorded: Any, recomputed: Any) -> Comparison:
    """Compare two JSON values, number by number: floats within the tolerances, all else exactly."""
    leaves = list(_leaves(recorded, recomputed, ""))
    differences = tuple(
        Difference(file=file, where=where.lstrip("."), recorded=_text(old), found=_text(new))
        for where, old, new in leaves
        if not _alike(old, new)
    )
    return Comparison(subject=file, compared=len(leaves), unit="values", differences=differences)


def compare_lines(file: str, recorded: str, recomputed: str) -> Comparison:
    """Compare two texts line by line; a line is counted as it stands in the recorded text."""
    old, new = recorded.splitlines(), recomputed.splitlines()
    differences = []
    for kind, start, end, other_start, other_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        pairs = zip_longest(old[start:end], new[other_start:other_end])
        differences += [
            Difference(file=file, where=f"line {start + 1 + offset}", recorded=_line(mine), found=_line(other))
            for offset, (mine, other) in enumerate(pairs)
        ]
    return Comparison(subject=file, compared=len(old), unit="lines", differences=tuple(differences))


class _Nothing:
    """Stands for a value that one side does not have, which is not the same as null."""


_NOTHING = _Nothing()


def _leaves(old: Any, new: Any, where: str) -> Iterator[tuple[str, Any, Any]]:
    """Yield each place that either side has, with both values."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in dict.fromkeys((*old, *new)):
            yield from _leaves(old.get(name, _NOTHING), new.get(name, _NOTHING), f"{where}.{name}")
    elif _is_list(old) and _is_list(new):
        for place, (mine, other) in enumerate(zip_longest(old, new, fillvalue=_NOTHING)):
            yield from _leaves(mine, other, f"{where}[{place}]")
    else:
        yield where, old, new


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _alike(old: Any, new: Any) -> bool:
    if _is_number(old) and _is_number(new) and float in (type(old), type(new)):
        return math.isclose(old, new, rel_tol=RELATIVE_TOLERANCE, abs_tol=ABSOLUTE_TOLERANCE)
    # To Python, True is 1; to whoever reads the file, it is not.
    return type(old) is type(new) and bool(old == new)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(value: Any) -> str:
    if isinstance(value, _Nothing):
        return _ABSENT
    if isinstance(value, Mapping):
        return f"an object of {len(value)}"
    return f"a list of {len(value)}" if _is_list(value) else json.dumps(value, ensure_ascii=False)


def _line(text: str | None) -> str:
    return "no such line" if text is None else json.dumps(text, ensure_ascii=False)
