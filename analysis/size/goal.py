"""A goal as one writes it: `hit_ratio>=0.9`, `p99<5ms`, `db_rps<100`, `cost<20`. Text in, a checked goal out."""

import re
from dataclasses import dataclass
from typing import Literal

from analysis.errors import PredictionError
from analysis.time_limit import QUANTILES, parse_time_limit

Quantity = Literal["hit_ratio", "mean", "p50", "p95", "p99", "db_rps", "cost"]

TIMES = ("mean", *QUANTILES)

_NUMBER = r"([0-9]+(?:\.[0-9]+)?|\.[0-9]+)"
_HIT_RATIO = re.compile(rf"\s*hit_ratio\s*>=\s*{_NUMBER}\s*(%?)\s*")
_AMOUNT = re.compile(rf"\s*(db_rps|cost)\s*<\s*{_NUMBER}\s*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A quantity and its limit: the least hit ratio (0 to 1), or what the others must stay below.

    Attributes:
        text: As it was written, without spaces.
        limit: A share for hit_ratio, seconds for times, calls a second for db_rps, money a month for cost.
    """

    text: str
    quantity: Quantity
    limit: float

    def met_by(self, value: float | None) -> bool:
        """Say whether a value of the quantity meets it; an unknown one does not."""
        if value is None:
            return False
        return value >= self.limit if self.quantity == "hit_ratio" else value < self.limit

    @property
    def is_of_time(self) -> bool:
        """Whether it needs response times as measured."""
        return self.quantity in TIMES


def parse_goal(text: str) -> Goal:
    """Read a goal.

    Raises:
        PredictionError: it is none, or one that nothing or everything meets.
    """
    written = "".join(text.split())
    if (limit := parse_time_limit(text)) is not None:
        return Goal(text=written, quantity=limit.statistic, limit=limit.limit_s)  # type: ignore[arg-type]  # one of TIMES
    if (found := _HIT_RATIO.fullmatch(text)) is not None:
        ratio = float(found[1]) / (100 if found[2] else 1)
        if not 0 < ratio <= 1:
            raise PredictionError(
                f"the goal {text!r} asks for a hit ratio that is not above 0 and up to 1; {_HOW}"
            )
        return Goal(text=written, quantity="hit_ratio", limit=ratio)
    if (found := _AMOUNT.fullmatch(text)) is not None and float(found[2]):
        return Goal(text=written, quantity=found[1], limit=float(found[2]))  # type: ignore[arg-type]  # as it is spelt
    raise PredictionError(f"the goal {text!r} does not read as one; {_HOW}")


_HOW = (
    "write 'hit_ratio>=0.9' (or 90%), a time such as 'p99<5ms' (mean, p50, p95 or p99; us, ms or s), 'db_rps<100' "
    "calls a second, or 'cost<20' a month"
)
