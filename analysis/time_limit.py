"""A limit on a statistic of the response time, as one writes it: `p99<20ms`. Text in, a limit in seconds out."""

import re
from dataclasses import dataclass

SPELLING = re.compile(r"\s*(mean|p50|p95|p99)\s*<\s*([0-9]+(?:\.[0-9]+)?)\s*(us|µs|ms|s)\s*")
UNITS_S = {"us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0}
QUANTILES = {"p50": 0.50, "p95": 0.95, "p99": 0.99}


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLimit:
    """What a statistic (mean, or one of QUANTILES) must stay below, in seconds, above 0."""

    statistic: str
    limit_s: float


def parse_time_limit(text: str) -> TimeLimit | None:
    """Read a limit; None where the text is none."""
    found = SPELLING.fullmatch(text)
    if found is None or not float(found[2]):
        return None
    return TimeLimit(statistic=found[1], limit_s=float(found[2]) * UNITS_S[found[3]])
