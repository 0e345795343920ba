"""When requests are meant to leave: offsets in nanoseconds from the start of a leg, drawn before it starts.

An open loop keeps its schedule whatever the service does; a closed loop has no schedule (the next request
leaves when an answer has come), so it is not here but in the dispatcher. Nor is the timing of a trace.
"""

from typing import Literal

import numpy as np
import numpy.typing as npt

ArrivalKind = Literal["poisson", "constant", "pareto", "closed", "trace"]
NS = 1_000_000_000

PARETO_SHAPE = 0.154971
"""Of the gaps between requests in Facebook's ETC pool; their scale follows from the rate.

References:
    Atikoglu et al., Workload Analysis of a Large-Scale Key-Value Store, SIGMETRICS 2012: location 0, scale
    16.0292 µs; mutilate scales its `fb_ia` to the rate in the same way.
"""


def arrival_offsets_ns(
    kind: ArrivalKind, rate_rps: float, duration_s: float, random: np.random.Generator
) -> npt.NDArray[np.int64]:
    """Return the sorted offsets (int64, ns) of an open loop's requests within [0, duration_s).

    A Poisson process of a given length is drawn as its count and then as sorted uniform times; `pareto` has
    independent gaps, burstier than Poisson's.

    References:
        Ross, Introduction to Probability Models, theorem 5.2 (arrival times given their number).
    """
    if kind == "pareto":
        return _pareto_offsets_ns(rate_rps, duration_s, random)
    if kind == "constant":
        return (np.arange(int(rate_rps * duration_s)) * (NS / rate_rps)).astype(np.int64)
    count = random.poisson(rate_rps * duration_s)
    return np.sort(random.random(count) * (duration_s * NS)).astype(np.int64)


def _pareto_offsets_ns(rate_rps: float, duration_s: float, random: np.random.Generator) -> npt.NDArray[np.int64]:
    """Add up generalised Pareto gaps, whose mean is scale / (1 - shape), until the time is over."""
    scale_s = (1 - PARETO_SHAPE) / rate_rps
    moments_s = np.zeros(1)
    while moments_s[-1] < duration_s:
        missing = 1 + int((duration_s - moments_s[-1]) * rate_rps)
        gaps_s = scale_s * ((1 - random.random(missing)) ** -PARETO_SHAPE - 1) / PARETO_SHAPE
        moments_s = np.concatenate([moments_s, moments_s[-1] + np.cumsum(gaps_s)])
    inside = moments_s[1 : np.searchsorted(moments_s, duration_s)]
    return (inside * NS).astype(np.int64)
