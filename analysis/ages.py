"""How old stale answers were when they came: measured over all legs of a cell, beside what the law has."""

from dataclasses import dataclass

import numpy as np

from analysis.estimates import Estimate, unknown
from analysis.intervals import Values
from analysis.prediction.freshness import FreshnessLaw
from analysis.quantiles import quantile, samples_needed
from analysis.staleness import Judgement

_TOGETHER = "all legs together: no interval"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ages:
    """How old stale answers were when they came, in seconds: the time since the first write that they lack.

    Attributes:
        p50, p99, longest: As measured; of all legs together, so without an interval.
        predicted_p50_s, predicted_p99_s: By the law; None where it has no stale answers, or there is none.
    """

    p50: Estimate
    p99: Estimate
    longest: Estimate
    predicted_p50_s: float | None
    predicted_p99_s: float | None


def measure_ages(judgement: Judgement, law: FreshnessLaw | None, legs: int) -> Ages:
    """Measure the ages of what is stale among reads of so many legs, each of which has too few for its own."""
    ages_s = np.sort(judgement.age_s[judgement.stale])
    return Ages(
        p50=_together(ages_s, 0.50, legs),
        p99=_together(ages_s, 0.99, legs),
        longest=_known(float(ages_s[-1]), ages_s.size, legs) if ages_s.size else _none_stale(),
        predicted_p50_s=None if law is None else law.age_p50_s,
        predicted_p99_s=None if law is None else law.age_p99_s,
    )


def _together(ages_s: Values, share_ratio: float, legs: int) -> Estimate:
    """Return a quantile over all legs: each of them has too few stale answers for one of its own."""
    if not ages_s.size:
        return _none_stale()
    found = quantile(ages_s, share_ratio)
    if np.isnan(found):
        needed = samples_needed(share_ratio)
        return unknown("s", f"needs {needed:,} stale answers")
    return _known(found, ages_s.size, legs)


def _known(seconds: float, count: int, legs: int) -> Estimate:
    return Estimate(value=seconds, low=None, high=None, unit="s", count=count, blocks=legs, note=_TOGETHER)


def _none_stale() -> Estimate:
    return unknown("s", "no answer was stale")
