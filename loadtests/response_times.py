"""A leg's response times in a few numbers, for whoever must decide before the samples are analysed.

The rule that stops a run looks at them after every block; what is reported is made from the samples alone.
"""

import math

import numpy as np
import numpy.typing as npt

SHARES = {"p50": 0.50, "p95": 0.95, "p99": 0.99}
SAMPLES_NEEDED = {"p50": 6, "p95": 72, "p99": 368}
"""Below these a quantile has no finite upper 95 % bound: as in `analysis.quantiles`, which gives the formula."""


def summarise_response_s(seconds: npt.NDArray[np.float64]) -> dict[str, float | None]:
    """Return mean, p50, p95 and p99 of times in seconds, where a failure is infinite.

    None where failures reach the figure, or where there are too few samples for it. A quantile is a value of the
    sample: the smallest that at least its share does not exceed.
    """
    ordered = np.sort(seconds)
    figures: dict[str, float | None] = {"mean": _finite(ordered.mean()) if ordered.size else None}
    for name, share in SHARES.items():
        rank = math.ceil(share * ordered.size - 1e-9)
        figures[name] = _finite(ordered[rank - 1]) if ordered.size >= SAMPLES_NEEDED[name] else None
    return figures


def _finite(value: np.float64) -> float | None:
    return float(value) if math.isfinite(value) else None
