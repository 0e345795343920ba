"""A service-level objective as one writes it: `p99<20ms`."""

from dataclasses import dataclass
from typing import Any

from analysis.quantiles import samples_needed
from analysis.time_limit import QUANTILES, parse_time_limit
from lab.errors import LabError

FEWEST_SAMPLES = 100
MARGIN_RATIO = 1.15  # a leg's number of requests is drawn: it must not fall short of what a quantile needs


class ObjectiveError(LabError):
    """An objective that does not parse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """A statistic of the response time, and what it must stay below."""

    text: str
    statistic: str
    limit_s: float

    @property
    def samples(self) -> int:
        """How many requests a leg should have, so that the statistic can be told."""
        share = QUANTILES.get(self.statistic)
        return (
            FEWEST_SAMPLES if share is None else round(MARGIN_RATIO * max(samples_needed(share), FEWEST_SAMPLES))
        )

    def met_by(self, response_s: dict[str, float | None]) -> bool:
        """Return whether a leg's statistics keep it; one that failures have made infinite does not."""
        found_s = response_s[self.statistic]
        return found_s is not None and found_s < self.limit_s

    def to_json(self) -> dict[str, Any]:
        """Return the fields as JSON values."""
        return {"text": self.text, "statistic": self.statistic, "limit_s": self.limit_s}


def parse_objective(text: str) -> Objective:
    """Read an objective.

    Raises:
        ObjectiveError: it is not one.
    """
    limit = parse_time_limit(text)
    if limit is None:
        raise ObjectiveError(
            f"the objective {text!r} does not read as one; write a statistic (mean, p50, p95 or p99), <, and a "
            "time above 0 with its unit (us, ms or s), as in 'p99<20ms'"
        )
    return Objective(text="".join(text.split()), statistic=limit.statistic, limit_s=limit.limit_s)
