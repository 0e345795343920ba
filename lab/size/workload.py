"""From a trace, an access log or a popularity to the requests that a replay takes in."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from analysis.prediction.sampled_eviction import Seconds
from analysis.size.workload import Workload
from lab.errors import SizeError
from loadtests.key_hash import key_uniforms
from loadtests.popularity import Popularity
from loadtests.traces import Trace

DEFAULT_RATE_RPS = 1_000.0
"""Where nobody says how fast the cache is asked."""

MOST_REQUESTS = 1_000_000
"""A replay of so many takes a tenth of a second, a search fifty of them; of more, a sample of keys is replayed."""

COUNTED_DRAWS = 300_000
WARM_UP_DRAWS_A_KEY = 20
CHUNK = 1 << 20
SAMPLE_SEED = 20261125

RateSource = Literal["option", "timestamps", "default"]
Ranks = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A workload, and what there is to say of it.

    Attributes:
        source: What it is, in words.
        rate_source: Who said how fast it comes.
        trace: Its reads; None where keys are drawn.
        writes: Requests of the trace that are not reads, and were left out.
        value_bytes: int64, sizes of the values from the most recently read key on; None where the trace has none.
    """

    source: str
    workload: Workload
    rate_source: RateSource
    trace: Trace | None = None
    writes: int = 0
    value_bytes: Ranks | None = None


def of_trace(trace: Trace, rate_rps: float | None, *, is_log: bool = False) -> Prepared:
    """Make the workload of a trace's reads, whole and from a cold cache, at a rate or at the trace's own times.

    Raises:
        TraceError: there is no read in it.
        SizeError: its times say no rate.
    """
    reads = trace.reads()
    requests, arrivals_s = len(reads.ranks), None
    rate_source: RateSource = "option"
    if rate_rps is None and reads.timestamps_s is not None:
        arrivals_s = reads.offsets_ns() / 1e9
        if not arrivals_s[-1]:
            raise SizeError(f"all requests of {trace.file} have one time, which is no rate; give one with --rate")
        rate_rps, rate_source = requests / float(arrivals_s[-1]), "timestamps"
    elif rate_rps is None:
        rate_rps, rate_source = DEFAULT_RATE_RPS, "default"
    whole = Workload(
        ranks=reads.ranks,
        distinct_keys=reads.distinct_keys,
        requests=requests,
        rate_rps=rate_rps,
        arrivals_s=arrivals_s,
    )
    return Prepared(
        source=f"the {'access log' if is_log else 'trace'} {trace.file}",
        workload=_sample(whole) if requests > MOST_REQUESTS else whole,
        rate_source=rate_source,
        trace=reads,
        writes=len(trace.ranks) - requests,
        value_bytes=_by_recency(reads),
    )


def of_popularity(
    spelling: str, popularity: Popularity, rate_rps: float | None, random: np.random.Generator
) -> Prepared:
    """Draw requests: as many as warm a cache of any size, and those that are counted."""
    keys = popularity.keys
    warm_up = WARM_UP_DRAWS_A_KEY * keys
    share_ratio = min(1.0, MOST_REQUESTS / (warm_up + COUNTED_DRAWS))
    counted = round(COUNTED_DRAWS / share_ratio)
    rate = DEFAULT_RATE_RPS if rate_rps is None else rate_rps
    ranks, positions = _drawn(popularity, warm_up + counted, share_ratio, random)
    return Prepared(
        source=f"{spelling} over {keys:,} keys",
        workload=Workload(
            ranks=ranks,
            distinct_keys=keys,
            requests=counted,
            rate_rps=rate,
            arrivals_s=None if share_ratio == 1 else positions / rate,
            skip=int(np.searchsorted(positions, warm_up)),
            of_trace=False,
            share_ratio=share_ratio,
        ),
        rate_source="default" if rate_rps is None else "option",
    )


def _sample(whole: Workload) -> Workload:
    """Keep a sample of the keys, with their requests at their times."""
    share_ratio = MOST_REQUESTS / whole.requests
    kept = _kept(whole.ranks, share_ratio)
    arrivals_s: Seconds | None = whole.arrivals_s
    if arrivals_s is None:
        arrivals_s = np.arange(whole.requests) / whole.rate_rps
    return Workload(
        ranks=np.unique(whole.ranks[kept], return_inverse=True)[1].astype(np.int64),
        distinct_keys=whole.distinct_keys,
        requests=whole.requests,
        rate_rps=whole.rate_rps,
        arrivals_s=arrivals_s[kept],
        share_ratio=share_ratio,
    )


def _drawn(
    popularity: Popularity, count: int, share_ratio: float, random: np.random.Generator
) -> tuple[Ranks, Ranks]:
    """Return the requests for a sample of the keys, renumbered, and their positions among all."""
    parts = list(_chunks(popularity, count, share_ratio, random))
    ranks = np.concatenate([ranks for ranks, _ in parts])
    if share_ratio < 1:
        ranks = np.unique(ranks, return_inverse=True)[1].astype(np.int64)
    return ranks, np.concatenate([positions for _, positions in parts])


def _chunks(
    popularity: Popularity, count: int, share_ratio: float, random: np.random.Generator
) -> Iterator[tuple[Ranks, Ranks]]:
    for start in range(0, count, CHUNK):
        ranks = popularity.draw(min(CHUNK, count - start), start, random)
        positions = np.arange(start, start + len(ranks))
        kept = _kept(ranks, share_ratio)
        yield ranks[kept], positions[kept]


def _kept(ranks: Ranks, share_ratio: float) -> npt.NDArray[np.bool_]:
    """Tell for each request whether its key is in the sample."""
    if share_ratio == 1:
        return np.ones(len(ranks), dtype=np.bool_)
    kept: npt.NDArray[np.bool_] = key_uniforms(ranks, SAMPLE_SEED) < share_ratio
    return kept


def _by_recency(trace: Trace) -> Ranks | None:
    """Return each key's largest size (an answer that was not modified has none), the last read key first."""
    if trace.sizes_bytes is None:
        return None
    sizes = np.zeros(trace.distinct_keys, dtype=np.int64)
    np.maximum.at(sizes, trace.ranks, trace.sizes_bytes)
    last = np.zeros(trace.distinct_keys, dtype=np.int64)
    np.maximum.at(last, trace.ranks, np.arange(len(trace.ranks)))
    ordered: Ranks = sizes[np.argsort(last)[::-1]]
    return ordered
