"""Gives Locust's own statistics a resolution of microseconds.

Locust keeps response times as a histogram whose keys it rounds to whole milliseconds; a hit of 0.3 ms becomes
0. Since 2.43.4 the rounding is a function that may be replaced.
"""

import math
from typing import Any, cast

import locust.stats

DIGITS = 3
FINEST_MS = 0.001


def round_response_time(response_time_ms: float) -> float:
    """Round to three significant digits, no finer than a microsecond: at most 900 keys a decade."""
    if response_time_ms < FINEST_MS:
        return 0.0
    return round(response_time_ms, min(3, DIGITS - 1 - math.floor(math.log10(response_time_ms))))


def install_fine_rounding() -> None:
    """Make Locust keep microseconds. Call once, before any statistics are kept."""
    # Annotated as whole milliseconds; the keys are only ever counted, compared and sorted.
    locust.stats.bucket_response_time = cast("Any", round_response_time)
