"""What was true of every request, from the server's log and the schedule alone.

Neither the generator's recorder nor its schedule is asked. The one thing taken from it is the moment at which a
leg began, which only it can know.
"""

import numpy as np
from numpy.typing import NDArray

from benchmarks.truth.cases import Case
from benchmarks.truth.known_server import Log

NS = 1_000_000_000
Nanoseconds = NDArray[np.int64]


def due_ns(case: Case, seed: tuple[int, ...], started_ns: int) -> Nanoseconds:
    """Return when each request of a leg was to be sent, drawn anew from the seed by the documented recipe.

    Constant: i / rate. Poisson: of the seed's first child, the number of requests and then their sorted times.
    """
    if case.arrivals == "constant":
        count = int(case.rate_rps * case.leg_s)
        return started_ns + (np.arange(count) * NS / case.rate_rps).astype(np.int64)
    random = np.random.default_rng(np.random.SeedSequence(seed).spawn(2)[0])
    times_s = np.sort(random.random(random.poisson(case.rate_rps * case.leg_s))) * case.leg_s
    return started_ns + (times_s * NS).astype(np.int64)


def kept_ns(log: Log) -> Nanoseconds:
    """Return how long the server kept each request, from its coming."""
    return log[:, 1] - log[:, 0]


def begun_ns(log: Log, due: Nanoseconds, connections: int) -> Nanoseconds:
    """Return from when each request's time truly counts; until `left_ns` is then how long it truly took.

    It counts from when the server got the request: whatever delayed its sending is the generator's error and stays
    in the comparison. Except where the server itself kept it from being sent, because every connection was waiting
    for an answer when it was due, or requests held back so were still before it: then time counts from when it was
    due. Requests are sent in the order in which they are due, so the n-th to come is the n-th of the schedule.
    """
    came, left = log[:, 0], log[:, 1]
    waiting = np.searchsorted(came, due, "right") - np.searchsorted(np.sort(left), due, "right")
    begun = came.copy()
    held_until = 0
    for number in range(len(due)):
        if waiting[number] >= connections or due[number] < held_until:
            begun[number] = due[number]
            held_until = came[number]
    return begun
