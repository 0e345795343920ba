"""What may be wrong with a cell of a run about freshness: each doubt once, for its caution and for its flags."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from analysis import format as fmt
from analysis.freshness import Freshness, FreshnessCell
from analysis.thresholds import LIFETIMES_MEASURED, SLOW_ANSWER_RATIO

Judged = Callable[[Freshness, FreshnessCell], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A reason to doubt a cell.

    Attributes:
        code, what, advice: Of the caution; ``what`` is its clause.
        figure: What is judged, infinite where an answer never came.
        threshold: What it is held to.
        least: Whether the figure must not be below that; else it must not be above.
    """

    code: str
    what: str
    advice: str
    figure: Judged
    threshold: float
    least: bool = False

    def touches(self, found: Freshness, cell: FreshnessCell) -> bool:
        """Say whether the cell is to be doubted for it."""
        figure = self.figure(found, cell)
        return figure < self.threshold if self.least else figure > self.threshold


def _slowness(_: Freshness, cell: FreshnessCell) -> float:
    return math.inf if cell.response_p99_s is None else cell.response_p99_s / cell.ttl_s


def _warmth(found: Freshness, cell: FreshnessCell) -> float:
    return cell.warm_up_s / (cell.ttl_s * (1 + (found.ttl_jitter_ratio or 0.0)))


SLOW = Doubt(
    code="slow-answers",
    what=(
        f"one answer in a hundred took over {fmt.share(SLOW_ANSWER_RATIO)} of the time to live, so that when a "
        "read or a write took effect is not known better"
    ),
    advice="Lower the rate, or measure longer times to live; see what else ran.",
    figure=_slowness,
    threshold=SLOW_ANSWER_RATIO,
)
COLD = Doubt(
    code="short-warm-up",
    what="the warm-up was shorter than an entry may live, so that the cache was still filling",
    advice="Warm up for longer than one time to live; the replay of what was sent allows for it.",
    figure=_warmth,
    threshold=1.0,
    least=True,
)
DOUBTS = (
    Doubt(
        code="write-failures",
        what="writes failed, and may have been committed all the same; what only they made stale counts as fresh",
        advice="Look at user-service's log; a lower rate of writes or a longer time-out may do.",
        figure=lambda _, cell: float(cell.failed_writes),
        threshold=0.0,
    ),
    SLOW,
    COLD,
    Doubt(
        code="few-lifetimes",
        what=(
            f"the legs together lasted less than {fmt.number(LIFETIMES_MEASURED)} times to live, so that few "
            "entries expired"
        ),
        advice="Measure for longer, or leave out the longest time to live.",
        figure=lambda _, cell: cell.measured_s / cell.ttl_s,
        threshold=LIFETIMES_MEASURED,
        least=True,
    ),
)
