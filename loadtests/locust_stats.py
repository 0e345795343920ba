"""Gives Locust's own statistics a resolution of microseconds, and a leg's requests all at once.

Locust keeps response times as a histogram whose keys it rounds to whole milliseconds; a hit of 0.3 ms becomes
0. Since 2.43.4 the rounding is a function that may be replaced.
"""

import math
import time
from typing import Any, cast

import locust.stats
import numpy as np
from locust.env import Environment
from locust.stats import StatsEntry

from loadtests.outcome import OUTCOMES, Outcome
from loadtests.samples import ABSENT, Rows
from loadtests.target import ROUTES, WRITE_ROUTE, WRITES

DIGITS = 3
FINEST_MS = 0.001
NS_PER_MS = 1e6
GET, PUT = "GET", "PUT"


def round_response_time(response_time_ms: float) -> float:
    """Round to three significant digits, no finer than a microsecond: at most 900 keys a decade."""
    if response_time_ms < FINEST_MS:
        return 0.0
    return round(response_time_ms, min(3, DIGITS - 1 - math.floor(math.log10(response_time_ms))))


def install_fine_rounding() -> None:
    """Make Locust keep microseconds. Call once, before any statistics are kept."""
    # Annotated as whole milliseconds; the keys are only ever counted, compared and sorted.
    locust.stats.bucket_response_time = cast("Any", round_response_time)


def count_in_locust(environment: Environment, operation: str, rows: Rows) -> None:
    """Add the rows of a leg, in brief, to Locust's statistics, as its master adds those of a worker.

    One request at a time, through Locust's event, costs more than sending the request does.
    """
    method = PUT if operation == WRITES else GET
    for outcome in OUTCOMES:
        chosen = rows[rows["outcome"] == outcome]
        if len(chosen):
            name = entry_name(operation, outcome)
            entry = _entry(environment, name, method, chosen, failed=outcome.failed)
            environment.stats.get(name, method).extend(entry)
            environment.stats.total.extend(entry)
            if outcome.failed:
                _count_errors(environment, name, method, outcome.label, len(chosen))


def entry_name(operation: str, outcome: Outcome) -> str:
    """Return the name under which Locust lists requests of this operation that ended so."""
    route = WRITE_ROUTE if operation == WRITES else ROUTES[operation]
    return f"{route} · {outcome.label}"


def _entry(environment: Environment, name: str, method: str, rows: Rows, *, failed: bool) -> StatsEntry:
    # Annotated as whole milliseconds, like the rounding; the values are only added, compared and sorted.
    entry: Any = StatsEntry(environment.stats, name, method)
    answered = rows["response_ns"][rows["response_ns"] != ABSENT] / NS_PER_MS
    # From the run's monotonic clock to the wall clock, which Locust counts requests by.
    seconds = rows["done_second"] + round(time.time() - time.monotonic())
    per_second = dict(zip(*(part.tolist() for part in np.unique(seconds, return_counts=True)), strict=True))
    entry.num_requests = len(rows)
    entry.num_none_requests = len(rows) - len(answered)
    entry.num_failures = len(rows) if failed else 0
    entry.total_content_length = int(rows["length_bytes"].sum(dtype=np.int64))
    entry.num_reqs_per_sec.update(per_second)
    entry.num_fail_per_sec.update(per_second if failed else {})
    entry.last_request_timestamp = float(seconds.max())
    if len(answered):
        entry.total_response_time = float(answered.sum())
        entry.min_response_time, entry.max_response_time = float(answered.min()), float(answered.max())
        for kept_ms, count in zip(*np.unique(_rounded(answered), return_counts=True), strict=True):
            entry.response_times[round(float(kept_ms), DIGITS)] += int(count)
    return cast("StatsEntry", entry)


def _rounded(response_ms: "np.ndarray[Any, np.dtype[np.float64]]") -> "np.ndarray[Any, np.dtype[np.float64]]":
    """Round as `round_response_time` does, all at once."""
    with np.errstate(divide="ignore"):
        places = np.minimum(DIGITS, DIGITS - 1 - np.floor(np.log10(response_ms)))
    scale = 10.0 ** np.where(np.isfinite(places), places, DIGITS)
    return np.where(response_ms < FINEST_MS, 0.0, np.round(response_ms * scale) / scale)


def _count_errors(environment: Environment, name: str, method: str, label: str, count: int) -> None:
    error = locust.stats.StatsError(method, name, label, count)
    key = locust.stats.StatsError.create_key(method, name, label)
    held = environment.stats.errors.setdefault(key, error)
    if held is not error:
        held.occurrences += count
