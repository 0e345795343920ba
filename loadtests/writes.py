"""The writes of a leg: when they leave, for which users, and the requests that they come down to.

Those of a trace are among its records. Others are drawn apart from the reads, from seeds of their own: reads are
the same whether anybody writes or not.
"""

import numpy as np
import numpy.typing as npt

from loadtests.arrivals import arrival_offsets_ns
from loadtests.errors import PopularityError, TargetError
from loadtests.info_text import random_infos
from loadtests.popularity import Popularity, Ranks
from loadtests.popularity.replay import Replay
from loadtests.target import Target, user_name
from loadtests.traffic import Chunk, Leg, digest_of, due_ns, popularity_of, which_write, working_set
from loadtests.value_sizes import LARGEST_BYTES, OF_TRACE, parse_value_sizes

_WRITES_SEED = 1  # what tells a leg's writes from its reads, which draw from children of the same seed


def write_chunk(leg: Leg, target: Target | None) -> Chunk:
    """Return the whole schedule of the leg's writes, of which this worker's share is to be sent.

    Users are those of the trace's records that write or delete; else they are drawn by the popularity of the
    reads, independently of them. A delete is sent as a write: what becomes of the cache is the same, and the row
    stays.

    Raises:
        TargetError: nobody takes writes.
    """
    if target is None:
        raise TargetError("there is no user-service to write to; name its address with --user-url")
    info_seed = np.random.SeedSequence((*leg.seed, _WRITES_SEED)).spawn(3)[2]
    popularity = popularity_of(leg)
    offsets, ranks = (_traced if leg.trace_operations else _drawn)(leg, popularity)
    users = working_set(popularity.keys, leg.users)[ranks]
    turn, workers = leg.share
    mine = slice(turn, None, workers)
    sizes_bytes = _sizes_bytes(leg, popularity, ranks[mine], users[mine])
    # Each worker its own: what stands in an info is nobody's business, and a whole leg's may be large.
    infos = random_infos(sizes_bytes, np.random.default_rng(info_seed))
    requests = [
        target.write(user_name(user), info, policy=leg.write_policy)
        for user, info in zip(users[mine].tolist(), infos, strict=True)
    ]
    return Chunk(offsets[mine].tolist(), users[mine].tolist(), requests, digest_of(offsets, users))


def _traced(leg: Leg, popularity: Popularity) -> tuple[npt.NDArray[np.int64], Ranks]:
    """Return when and for which keys the trace's own writes come, by the draw of its reads."""
    assert leg.rate_rps is not None, "an open loop has a rate"  # noqa: S101
    arrival_seed, key_seed = np.random.SeedSequence(leg.seed).spawn(2)
    offsets = due_ns(leg, popularity, leg.rate_rps, arrival_seed)
    ranks = popularity.draw(len(offsets), leg.key_start, np.random.default_rng(key_seed))
    writes = which_write(leg, popularity, len(offsets))
    return offsets[writes], ranks[writes]


def _drawn(leg: Leg, popularity: Popularity) -> tuple[npt.NDArray[np.int64], Ranks]:
    arrival_seed, key_seed, _ = np.random.SeedSequence((*leg.seed, _WRITES_SEED)).spawn(3)
    # How irregular the trace is tells nothing of writes that it does not have.
    kind = "poisson" if leg.arrivals == "trace" else leg.arrivals
    random = np.random.default_rng(arrival_seed)
    offsets = arrival_offsets_ns(kind, leg.write_rate_rps, leg.duration_s, random)
    return offsets, popularity.draw(len(offsets), leg.key_start, np.random.default_rng(key_seed))


def _sizes_bytes(leg: Leg, popularity: Popularity, ranks: Ranks, users: Ranks) -> npt.NDArray[np.int64]:
    """Return how large each info is: as large as the one that the user has."""
    if leg.value_sizes != OF_TRACE:
        return parse_value_sizes(leg.value_sizes, leg.value_seed).of(users)
    first = popularity.first_sizes_bytes if isinstance(popularity, Replay) else None
    if first is None:
        raise PopularityError(
            f"the popularity {leg.popularity!r} has no value sizes; give some with --value-sizes"
        )
    return np.minimum(first[ranks], LARGEST_BYTES)
