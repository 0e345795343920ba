"""Every number that a judgement hangs on, in one place; the report states those it used."""

CONFIDENCE = 0.95
"""Coverage of every interval, two-sided."""

WORTHWHILE_RATIO = 1.10
"""A cache pays when the whole interval of its speed-up lies above this: a tenth, for what it costs to run."""

MINIMUM_BLOCKS = 6
"""Fewer blocks give an interval that is shown, but cautioned against."""

FAILURES_INVALID_RATIO = 0.01
"""Failed requests, as a share of all, from which a run says nothing any more."""

ACHIEVED_RATIO = 0.95
"""Answers by the end of a block's schedule, as a share of the requests that were due by then."""

LAG_FLOOR_S = 0.001
"""A lag of this much at p99 is let pass whatever is compared."""

LAG_SHARE_RATIO = 0.10
"""Lag at p99, as a share of the same arm's p99 response time (p95 or p50 where that is refused), above which the
generator is part of the answer."""

DRIFT_RATIO = 0.05
"""Difference of the hit ratio between the first and the last third of the blocks."""

SATURATION_RATIO = 0.70
"""Offered rate over the uncached capacity: above it a latency is mostly a queue's."""

CLOCK_MISFITS_RATIO = 0.001
"""Answers whose work, by the service's clock, lies outside of sending and answer by the generator's, as a share of
all; above it the two clocks are not compared."""
