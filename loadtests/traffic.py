"""What is to be sent: legs, each one stretch of traffic to one arm, and the requests they come down to."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from loadtests.arrivals import NS, ArrivalKind, arrival_offsets_ns
from loadtests.errors import PopularityError
from loadtests.popularity import Popularity, parse_popularity
from loadtests.target import Target, user_name

CLOSED_LOOP_CHUNK = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One stretch of traffic: to one arm, of one read, at one rate. Two legs of equal seed ask the same.

    Attributes:
        leg: number of the leg in its run, from 0.
        operation: the read: user, activity or similar.
        arm: what the experiment calls whom this leg serves.
        treatment: what is sent: cached (through the cache) or uncached (past it).
        phase: ramp, warmup, measure, calibrate, aa or capacity.
        block: number of the block, None outside of blocks.
        arrivals: poisson, constant or closed.
        rate_rps: offered rate of an open loop; None in a closed one.
        duration_s: how long requests are sent.
        connections: how many connections may be used.
        seed: makes arrivals and keys.
        popularity: spelling as in `parse_popularity`.
        working_set_keys: number of keys that popularity ranges over; a trace brings its own.
        trace_share_ratio: share of a trace's keys that is kept.
        key_start: where in a trace this leg starts.
        users: number of users in the data set, from which the working set is drawn.
    """

    leg: int
    operation: str
    arm: str
    treatment: str
    phase: str
    block: int | None
    arrivals: ArrivalKind
    rate_rps: float | None
    duration_s: float
    connections: int
    seed: tuple[int, ...]
    popularity: str
    working_set_keys: int
    trace_share_ratio: float
    key_start: int
    users: int

    def to_json(self) -> dict[str, Any]:
        """Return the leg as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Leg":
        """Make the leg that `to_json` described."""
        return cls(**{**values, "seed": tuple(values["seed"])})


@dataclass(frozen=True, slots=True)
class Chunk:
    """Requests in the order they are to leave; `offsets_ns` (from the start) is None in a closed loop."""

    offsets_ns: list[int] | None
    keys: list[int]
    requests: list[bytes]


class Requests:
    """The requests of one read, arm and working set, each built once.

    Raises:
        PopularityError: there are more keys than users.
    """

    def __init__(self, target: Target, operation: str, treatment: str, popularity: Popularity, users: int) -> None:
        if popularity.keys > users:
            raise PopularityError(
                f"the popularity has {popularity.keys:,} keys but the data set only {users:,} users; "
                f"make a larger one with --users {popularity.keys}"
            )
        self._target, self._operation, self._treatment = target, operation, treatment
        self.popularity = popularity
        self._users = working_set(popularity.keys, users)
        self._built: dict[int, bytes] = {}

    def draw(self, count: int, start: int, random: np.random.Generator) -> tuple[list[int], list[bytes]]:
        """Return `count` user indices and the requests for them."""
        keys = self._users[self.popularity.draw(count, start, random)].tolist()
        built = self._built
        for key in set(keys).difference(built):
            built[key] = self._target.request(self._operation, self._treatment, user_name(key))
        return keys, [built[key] for key in keys]


def working_set(keys: int, users: int) -> "np.ndarray[Any, np.dtype[np.int64]]":
    """Choose the users that the `keys` ranks stand for: always the same, spread over the whole table.

    Popular users must not be neighbours on the table's pages, or the uncached arm would be flattered.
    """
    return np.random.default_rng(users).permutation(users)[:keys]


def leg_chunks(leg: Leg, target: Target) -> Iterator[Chunk]:
    """Yield what the leg sends: one chunk with its whole schedule, or chunks without end in a closed loop."""
    popularity = parse_popularity(leg.popularity, leg.working_set_keys, leg.trace_share_ratio)
    requests = Requests(target, leg.operation, leg.treatment, popularity, leg.users)
    arrival_seed, key_seed = np.random.SeedSequence(leg.seed).spawn(2)
    key_random = np.random.default_rng(key_seed)
    if leg.rate_rps is None:
        start = leg.key_start
        while True:
            keys, built = requests.draw(CLOSED_LOOP_CHUNK, start, key_random)
            yield Chunk(None, keys, built)
            start += CLOSED_LOOP_CHUNK
    offsets = arrival_offsets_ns(leg.arrivals, leg.rate_rps, leg.duration_s, np.random.default_rng(arrival_seed))
    keys, built = requests.draw(len(offsets), leg.key_start, key_random)
    yield Chunk(offsets.tolist(), keys, built)


def endless_chunks(
    requests: Requests, rate_rps: float | None, arrivals: ArrivalKind, seed: tuple[int, ...]
) -> Iterator[Chunk]:
    """Yield a second of traffic at a time, without end: for Locust's own web UI and headless mode."""
    random = np.random.default_rng(seed)
    start, second = 0, 0
    while True:
        if rate_rps is None:
            offsets, count = None, CLOSED_LOOP_CHUNK
        else:
            drawn = arrival_offsets_ns(arrivals, rate_rps, 1.0, random) + second * NS
            offsets, count = drawn.tolist(), len(drawn)
        keys, built = requests.draw(count, start, random)
        yield Chunk(offsets, keys, built)
        start, second = start + count, second + 1
