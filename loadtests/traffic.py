"""What is to be sent: legs, each one stretch of traffic to one arm, and the requests they come down to."""

import hashlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from loadtests.arrivals import NS, ArrivalKind, arrival_offsets_ns
from loadtests.errors import PopularityError
from loadtests.popularity import Popularity, Ranks, parse_popularity
from loadtests.popularity.replay import Replay
from loadtests.target import Target, user_name
from loadtests.value_sizes import DEFAULT_VALUE_SIZES

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
        arrivals: poisson, constant, pareto, closed, or trace: as the trace has it.
        rate_rps: offered rate of an open loop, by which its requests are drawn unless they come as the trace has
            it; None in a closed one. With `trace_operations` it is that of all records.
        duration_s: how long requests are sent.
        connections: how many connections may be used.
        seed: makes arrivals and keys.
        key_seed: makes the keys instead, where legs of the same arrivals are to ask for different ones.
        popularity: spelling as in `parse_popularity`.
        working_set_keys: number of keys that popularity ranges over; a trace brings its own.
        trace_share_ratio: share of a trace's keys that is kept.
        key_start: where in a trace this leg starts.
        users: number of users in the data set, from which the working set is drawn.
        speed: how many times as fast as it was recorded the trace is replayed; None: by its order alone.
        trace_operations: whether the trace's records that write or delete are sent as writes; in a closed loop
            every record reads.
        skip_bad_records: whether bad records of a trace are left out instead of ending the run.
        share: (k, n): of the requests drawn, send numbers k, k + n, k + 2n …, from 0.
        write_rate_rps: offered rate of writes beside the reads of an open loop, keys by the same popularity; with
            `trace_operations` that of the trace's own.
        write_policy: what becomes of the cache after a write; None leaves it to the service.
        ttl_s: how long what a miss loads is kept; None leaves it to the service.
        value_sizes: how large the infos are that are written, spelt as in `loadtests.value_sizes`, or `OF_TRACE`.
        value_seed: the seed of those sizes, which is the data set's.
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
    key_seed: tuple[int, ...] | None = None
    skip_bad_records: bool = False
    share: tuple[int, int] = (0, 1)
    write_rate_rps: float = 0.0
    write_policy: str | None = None
    ttl_s: float | None = None
    speed: float | None = None
    trace_operations: bool = False
    value_sizes: str = DEFAULT_VALUE_SIZES
    value_seed: int = 1

    @property
    def read_rate_rps(self) -> float | None:
        """The offered rate of reads alone; None in a closed loop."""
        if self.rate_rps is None or not self.trace_operations:
            return self.rate_rps
        return self.rate_rps - self.write_rate_rps

    def to_json(self) -> dict[str, Any]:
        """Return the leg as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Leg":
        """Make the leg that `to_json` described."""
        key_seed = values.get("key_seed")
        seeds = {"seed": tuple(values["seed"]), "key_seed": None if key_seed is None else tuple(key_seed)}
        return cls(**{**values, **seeds, "share": tuple(values.get("share", (0, 1)))})


@dataclass(frozen=True, slots=True)
class Chunk:
    """Requests in the order they are to leave; `offsets_ns` (from the start) is None in a closed loop.

    `digest` is one of the whole draw, of which the chunk may be a share; only a leg's first chunk has it.
    """

    offsets_ns: list[int] | None
    keys: list[int]
    requests: list[bytes]
    digest: str | None = None


class Requests:
    """The requests of one read, arm and working set, each built once.

    Raises:
        PopularityError: there are more keys than users.
    """

    def __init__(
        self,
        target: Target,
        operation: str,
        treatment: str,
        popularity: Popularity,
        users: int,
        *,
        ttl_s: float | None = None,
    ) -> None:
        if popularity.keys > users:
            raise PopularityError(
                f"the popularity has {popularity.keys:,} keys but the data set only {users:,} users; "
                f"make a larger one with --users {popularity.keys}"
            )
        self._target, self._operation, self._treatment, self._ttl_s = target, operation, treatment, ttl_s
        self.popularity = popularity
        self._users = working_set(popularity.keys, users)
        self._built: dict[int, bytes] = {}

    def draw(self, count: int, start: int, random: np.random.Generator) -> tuple[list[int], list[bytes]]:
        """Return `count` user indices and the requests for them."""
        return self.build(self.choose(count, start, random))

    def choose(self, count: int, start: int, random: np.random.Generator) -> Ranks:
        """Return `count` user indices."""
        return self._users[self.popularity.draw(count, start, random)]

    def build(self, users: Ranks) -> tuple[list[int], list[bytes]]:
        """Return the user indices as a list, and the requests for them."""
        keys = users.tolist()
        built = self._built
        for key in set(keys).difference(built):
            name = user_name(key)
            built[key] = self._target.request(self._operation, self._treatment, name, ttl_s=self._ttl_s)
        return keys, [built[key] for key in keys]


def working_set(keys: int, users: int) -> "np.ndarray[Any, np.dtype[np.int64]]":
    """Choose the users that the `keys` ranks stand for: always the same, spread over the whole table.

    Popular users must not be neighbours on the table's pages, or the uncached arm would be flattered.
    """
    return np.random.default_rng(users).permutation(users)[:keys]


def leg_chunks(leg: Leg, target: Target) -> Iterator[Chunk]:
    """Yield what the leg sends: one chunk with its whole schedule, or chunks without end in a closed loop.

    The draw is that of the whole leg, whatever its share: workers that share one agree without a word.
    """
    popularity = popularity_of(leg)
    requests = Requests(target, leg.operation, leg.treatment, popularity, leg.users, ttl_s=leg.ttl_s)
    arrival_seed, key_seed = np.random.SeedSequence(leg.seed).spawn(2)
    key_random = np.random.default_rng(key_seed if leg.key_seed is None else leg.key_seed)
    turn, workers = leg.share
    if leg.rate_rps is None:
        sent = 0
        while True:
            users = requests.choose(CLOSED_LOOP_CHUNK, leg.key_start + sent, key_random)
            digest = None if sent else digest_of(users)
            yield Chunk(None, *requests.build(users[(turn - sent) % workers :: workers]), digest)
            sent += CLOSED_LOOP_CHUNK
    offsets = due_ns(leg, popularity, leg.rate_rps, arrival_seed)
    reads = ~which_write(leg, popularity, len(offsets))
    users = requests.choose(len(offsets), leg.key_start, key_random)[reads]
    offsets = offsets[reads]
    keys, built = requests.build(users[turn::workers])
    yield Chunk(offsets[turn::workers].tolist(), keys, built, digest_of(offsets, users))


def popularity_of(leg: Leg) -> Popularity:
    """Return what the leg's keys are drawn from."""
    return parse_popularity(
        leg.popularity, leg.working_set_keys, leg.trace_share_ratio, skip_bad_records=leg.skip_bad_records
    )


def due_ns(
    leg: Leg, popularity: Popularity, rate_rps: float, seed: "np.random.SeedSequence"
) -> "np.ndarray[Any, np.dtype[np.int64]]":
    """Return when requests are due (int64, ns from the leg's start): at a rate, or as the trace has it.

    Raises:
        PopularityError: the leg goes by a trace's timing, and there is no trace.
        TraceError: the trace has none.
    """
    if leg.speed is None:
        return arrival_offsets_ns(leg.arrivals, rate_rps, leg.duration_s, np.random.default_rng(seed))
    if not isinstance(popularity, Replay):
        raise PopularityError(f"the popularity {leg.popularity!r} has no timing of its own; give a rate")
    return popularity.timing.stretch_ns(leg.key_start, leg.duration_s, leg.speed)


def which_write(leg: Leg, popularity: Popularity, count: int) -> "np.ndarray[Any, np.dtype[np.bool_]]":
    """Tell for each of the leg's `count` records whether it writes; none does where writes are drawn apart."""
    if leg.trace_operations and isinstance(popularity, Replay):
        return popularity.writes(count, leg.key_start)
    return np.zeros(count, dtype=np.bool_)


def digest_of(*columns: Ranks) -> str:
    """Return what two draws have in common if they are the same."""
    digest = hashlib.blake2b(digest_size=16)
    for column in columns:
        digest.update(column.tobytes())
    return digest.hexdigest()


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
