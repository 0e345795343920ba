"""How far the lab and Locust are from the truth: quantiles of each, side by side. Pure: figures in, values out."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.quantiles import quantile

SHARES = {"p50": 0.5, "p99": 0.99, "p99.9": 0.999}
ALLOWED_RATIO = 0.02
ALLOWED_MS = 0.1
HIGHEST_JUDGED_LOAD_RATIO = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One quantile of one case, in milliseconds; what a sample is too small for is None.

    Attributes:
        case, load_ratio, quantile: which.
        requests: the lab's number of samples.
        truth_ms, lab_ms: what was true of the lab's requests, and what it reports of them.
        locust_requests: the number of Locust's own requests.
        locust_truth_ms: what was true of those; where the server was stopped, `truth_ms`, for the users that
            Locust stands for did not stop wanting answers.
        locust_ms: what Locust reports.
    """

    case: str
    load_ratio: float
    quantile: str
    requests: int
    truth_ms: float | None
    lab_ms: float | None
    locust_requests: int
    locust_truth_ms: float | None
    locust_ms: float | None

    @property
    def allowed_ms(self) -> float | None:
        """How far off a figure may be."""
        return None if self.truth_ms is None else max(ALLOWED_RATIO * self.truth_ms, ALLOWED_MS)

    @property
    def error_ms(self) -> float | None:
        """What the lab says, less the truth."""
        return _difference(self.lab_ms, self.truth_ms)

    @property
    def locust_error_ms(self) -> float | None:
        """What Locust says, less the truth."""
        return _difference(self.locust_ms, self.locust_truth_ms)

    @property
    def judged(self) -> bool:
        """Whether the lab has to be right here."""
        return self.load_ratio <= HIGHEST_JUDGED_LOAD_RATIO

    @property
    def error_of_allowed_ratio(self) -> float | None:
        """The size of the lab's error in units of the allowed one."""
        error_ms, allowed_ms = self.error_ms, self.allowed_ms
        return None if error_ms is None or allowed_ms is None else abs(error_ms) / allowed_ms

    def to_json(self) -> dict[str, object]:
        """Return the row as JSON values; a relative error is of the truth."""
        return {
            "case": self.case,
            "load_ratio": self.load_ratio,
            "judged": self.judged,
            "quantile": self.quantile,
            "requests": self.requests,
            "truth_ms": self.truth_ms,
            "lab_ms": self.lab_ms,
            "error_ms": self.error_ms,
            "relative_error": _ratio(self.error_ms, self.truth_ms),
            "allowed_ms": self.allowed_ms,
            "error_of_allowed_ratio": self.error_of_allowed_ratio,
            "locust_requests": self.locust_requests,
            "locust_truth_ms": self.locust_truth_ms,
            "locust_ms": self.locust_ms,
            "locust_error_ms": self.locust_error_ms,
            "locust_relative_error": _ratio(self.locust_error_ms, self.locust_truth_ms),
        }


def quantiles_ms(values_ns: NDArray[np.int64] | NDArray[np.float64]) -> dict[str, float | None]:
    """Return the quantiles that a sample of nanoseconds allows, in milliseconds."""
    ordered_ms = np.sort(values_ns).astype(np.float64) / 1e6
    found = {name: quantile(ordered_ms, share) for name, share in SHARES.items()}
    return {name: None if math.isnan(value) else value for name, value in found.items()}


def worst_error_ratio(rows: list[Row]) -> float | None:
    """Return the largest of the lab's errors over the allowed ones, where it has to be right; 1 is the limit."""
    ratios = [row.error_of_allowed_ratio for row in rows if row.judged]
    return max((ratio for ratio in ratios if ratio is not None), default=None)


def _difference(said: float | None, true: float | None) -> float | None:
    return None if said is None or true is None else said - true


def _ratio(part: float | None, whole: float | None) -> float | None:
    return None if part is None or not whole else part / whole
