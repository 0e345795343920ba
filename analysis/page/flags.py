"""Flags: the codes of cautions, beside the numbers that they touch, each leading to its caution."""

from collections.abc import Iterable
from typing import NamedTuple

from analysis.cautions import Caution
from analysis.touched import Figure, touching

MOST = 3
"""Flags beside one number; what more there is, is counted."""


class Flag(NamedTuple):
    """What is shown, and the anchor of the caution that it leads to."""

    text: str
    anchor: str


class Flags:
    """The flags of one report."""

    def __init__(self, cautions: tuple[Caution, ...]) -> None:
        self._cautions = cautions
        self._anchors = anchors(cautions)

    def beside(self, figures: Iterable[Figure], operation: str, arm: str | None = None) -> tuple[Flag, ...]:
        """Return the flags of some figures of one read; of one arm where the figures have one."""
        found = {
            each.code: Flag(each.code, self._anchors[each.code, each.sentence])
            for figure in figures
            for each in touching(self._cautions, figure, operation, arm)
        }
        shown = tuple(found.values())
        if len(shown) <= MOST + 1:
            return shown
        return (*shown[:MOST], Flag(f"{len(shown) - MOST} more", "cautions"))


def anchors(cautions: tuple[Caution, ...]) -> dict[tuple[str, str], str]:
    """Return the anchor of each caution by its code and sentence: the code, numbered where it has several."""
    found: dict[tuple[str, str], str] = {}
    for each in cautions:
        key = (each.code, each.sentence)
        earlier = sum(code == each.code for code, _ in found)
        found.setdefault(key, f"caution-{each.code}" + (f"-{earlier + 1}" if earlier else ""))
    return found
