"""Samples → HdrHistogram's percentile distribution, the text that its plotter and wrk2's users read.

The values are those of the samples, sorted, to the nanosecond: no bucket rounds them.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from analysis.export.pieces import pieces
from analysis.export.selection import Selection
from analysis.quantiles import highest_share
from analysis.samples import FAILURES

STARTS = {"response": "intended_ns", "service": "sent_ns"}
"""From when each time counts, to the end of the answer."""

TICKS_PER_HALF_DISTANCE = 5
_NS_PER_MS = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """Times of the requests that were answered, ascending, and how many were not: those rank above every time."""

    answered_ns: NDArray[np.int64]
    failures: int

    @property
    def count(self) -> int:
        """All requests."""
        return len(self.answered_ns) + self.failures


def read_distribution(folder: Path, selection: Selection, time: str) -> Distribution:
    """Read the response or service times of the chosen requests.

    Raises:
        RunError: There are no samples, or a file cannot be read.
    """
    failures, answered = 0, [np.empty(0, dtype=np.int64)]
    for table in pieces(folder, selection, ["outcome", STARTS[time], "done_ns"]):
        durations = pc.subtract(table.column("done_ns"), table.column(STARTS[time]))
        good = pc.and_(pc.is_valid(durations), pc.invert(pc.is_in(table.column("outcome"), pa.array(FAILURES))))
        times = durations.filter(good).to_numpy()
        answered.append(times)
        failures += len(table) - len(times)
    return Distribution(answered_ns=np.sort(np.concatenate(answered)), failures=failures)


def hgrm_lines(found: Distribution, title: str) -> Iterator[str]:
    """Yield the lines of a distribution: values in ms, percentiles of all requests, the failed ones included.

    Where requests failed, the distribution stops before the first percentile that they reach, and mean and
    maximum are infinite, as everywhere in this lab.

    References:
        HdrHistogram, ``AbstractHistogram.outputPercentileDistribution``, for the format; its
        ``PercentileIterator`` for the steps: five to each half of what is left to 100 %.
    """
    yield f"# {title}"
    yield "# values in ms, exact: every request of all blocks is there, no bucket rounds"
    yield f"# too few requests to bound a value above percentile {highest_share(found.count):.6f}"
    if found.failures:
        yield f"# {found.failures} requests failed and rank above every value; percentiles count them"
    yield f"{'Value':>12} {'Percentile':>14} {'TotalCount':>10} {'1/(1-Percentile)':>14}"
    yield ""
    yield from _steps(found)
    yield from _trailer(found)


def _steps(found: Distribution) -> Iterator[str]:
    ordered = found.answered_ns
    for numerator, denominator in _percentiles():
        rank = max(1, -(-numerator * found.count // denominator))
        if rank > len(ordered):
            return
        value_ns = ordered[rank - 1]
        reached = int(np.searchsorted(ordered, value_ns, side="right"))
        percentile, inverse = numerator / denominator, denominator / (denominator - numerator)
        yield f"{value_ns / _NS_PER_MS:12.6f} {percentile:14.12f} {reached:10d} {inverse:14.2f}"
        if reached == found.count:
            yield f"{value_ns / _NS_PER_MS:12.6f} {1:14.12f} {reached:10d}"
            return


def _percentiles() -> Iterator[tuple[int, int]]:
    """Yield 0, 0.1 … 0.5, 0.55 … 0.75, 0.775 … as fractions, so that no rank is off by a binary digit."""
    denominator = 2 * TICKS_PER_HALF_DISTANCE
    while True:
        for tick in range(TICKS_PER_HALF_DISTANCE):
            yield denominator - 2 * TICKS_PER_HALF_DISTANCE + tick, denominator
        denominator *= 2


def _trailer(found: Distribution) -> Iterator[str]:
    times_ms = found.answered_ns / _NS_PER_MS
    mean, deviation, largest = math.nan, math.nan, math.nan
    if found.failures:
        mean = largest = math.inf
    elif len(times_ms):
        mean, deviation, largest = times_ms.mean(), times_ms.std(), times_ms[-1]
    distinct = len(np.unique(found.answered_ns))
    yield f"#[Mean    = {mean:12.6f}, StdDeviation   = {deviation:12.6f}]"
    yield f"#[Max     = {largest:12.6f}, Total count    = {found.count:12d}]"
    # A histogram would say how coarse it is; here each distinct time has a place of its own.
    yield f"#[Buckets = {1:12d}, SubBuckets     = {distinct:12d}]"
