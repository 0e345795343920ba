"""The writes of a leg: when they leave, for which users, and the requests that they come down to.

They are drawn apart from the reads, from seeds of their own: reads are the same whether anybody writes or not.
"""

import numpy as np

from loadtests.arrivals import arrival_offsets_ns
from loadtests.errors import TargetError
from loadtests.popularity import parse_popularity
from loadtests.target import Target, user_name
from loadtests.traffic import Chunk, Leg, digest_of, working_set

INFO_BYTES = 120  # as in the data set
LETTERS = np.frombuffer(b"abcdefghijklmnopqrstuvwxyz", dtype=np.uint8)
_WRITES_SEED = 1  # what tells a leg's writes from its reads, which draw from children of the same seed


def write_chunk(leg: Leg, target: Target | None) -> Chunk:
    """Return the whole schedule of the leg's writes, of which this worker's share is to be sent.

    Users are drawn by the popularity of the reads, independently of them.

    Raises:
        TargetError: nobody takes writes.
    """
    if target is None:
        raise TargetError("there is no user-service to write to; name its address with --user-url")
    arrival_seed, key_seed, info_seed = np.random.SeedSequence((*leg.seed, _WRITES_SEED)).spawn(3)
    popularity = parse_popularity(
        leg.popularity, leg.working_set_keys, leg.trace_share_ratio, skip_bad_records=leg.skip_bad_records
    )
    offsets = arrival_offsets_ns(
        leg.arrivals, leg.write_rate_rps, leg.duration_s, np.random.default_rng(arrival_seed)
    )
    ranks = popularity.draw(len(offsets), leg.key_start, np.random.default_rng(key_seed))
    users = working_set(popularity.keys, leg.users)[ranks]
    infos = LETTERS[np.random.default_rng(info_seed).integers(0, len(LETTERS), (len(users), INFO_BYTES))]
    turn, workers = leg.share
    requests = [
        target.write(user_name(user), info.tobytes().decode(), policy=leg.write_policy)
        for user, info in zip(users[turn::workers].tolist(), infos[turn::workers], strict=True)
    ]
    return Chunk(
        offsets[turn::workers].tolist(), users[turn::workers].tolist(), requests, digest_of(offsets, users)
    )
