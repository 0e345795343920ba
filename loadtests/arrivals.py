"""When requests are meant to leave: offsets in nanoseconds from the start of a leg, drawn before it starts.

An open loop keeps its schedule whatever the service does; a closed loop has no schedule (the next request
leaves when an answer has come), so it is not here but in the dispatcher.
"""

from typing import Literal

import numpy as np
import numpy.typing as npt

ArrivalKind = Literal["poisson", "constant", "closed"]
NS = 1_000_000_000


def arrival_offsets_ns(
    kind: ArrivalKind, rate_rps: float, duration_s: float, random: np.random.Generator
) -> npt.NDArray[np.int64]:
    """Return the sorted offsets (int64, ns) of an open loop's requests within [0, duration_s).

    A Poisson process of a given length is drawn as its count and then as sorted uniform times.

    References:
        Ross, Introduction to Probability Models, theorem 5.2 (arrival times given their number).
    """
    if kind == "constant":
        return (np.arange(int(rate_rps * duration_s)) * (NS / rate_rps)).astype(np.int64)
    count = random.poisson(rate_rps * duration_s)
    return np.sort(random.random(count) * (duration_s * NS)).astype(np.int64)
