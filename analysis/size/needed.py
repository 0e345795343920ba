"""Which hit ratios meet the goals: the way back from a time, a load or a share to the hit ratio it asks for."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.size.goal import Goal
from analysis.size.outlook import Outlook

STEPS = 1000
HALVINGS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """The hit ratios from ``low`` to ``high`` meet the goals; below ``low`` none does."""

    low: float
    high: float


def needed_hit_ratios(goals: Sequence[Goal], outlook: Outlook, *, highest: float) -> Needed | None:
    """Return the lowest range of hit ratios that meet the goals, up to ``highest``; None where none does.

    Goals of cost are left out: they ask for a size as well. Hit ratios are tried in steps of a thousandth, so that
    a range narrower than that may be missed; the ends of one that is found are exact. Where hits are slower than
    misses, the goals of time are met *below* a hit ratio, which is why there is an upper end.
    """
    ratios = np.append(np.arange(STEPS) / STEPS, 1.0)
    grid = [float(ratio) for ratio in ratios[ratios < highest]] + [highest]
    met = [outlook.meets(goals, ratio) for ratio in grid]
    if not any(met):
        return None
    first = met.index(True)
    last = first + (met[first:].index(False) if False in met[first:] else len(met) - first) - 1
    low = grid[0] if first == 0 else _edge(goals, outlook, failing=grid[first - 1], meeting=grid[first])
    high = grid[-1] if last == len(grid) - 1 else _edge(goals, outlook, failing=grid[last + 1], meeting=grid[last])
    return Needed(low=low, high=high)


def _edge(goals: Sequence[Goal], outlook: Outlook, *, failing: float, meeting: float) -> float:
    """Return the hit ratio nearest to the failing one that still meets the goals."""
    for _ in range(HALVINGS):
        middle = (failing + meeting) / 2
        if outlook.meets(goals, middle):
            meeting = middle
        else:
            failing = middle
    return meeting
