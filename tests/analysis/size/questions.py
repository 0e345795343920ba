"""Small workloads and questions about them."""

from collections.abc import Sequence

import numpy as np

from analysis.prediction.eviction_settings import EvictionPolicy
from analysis.prediction.mixture import Mixture, mix
from analysis.prediction.popularity import zipf
from analysis.size.goal import parse_goal
from analysis.size.outlook import Outlook
from analysis.size.policies import POLICIES
from analysis.size.search import Question
from analysis.size.workload import Replays, Server, Workload

RATE_RPS = 100.0
ENTRY_BYTES, EMPTY_BYTES = 300, 1_000_000


def drawn_keys(keys: int = 300, requests: int = 6_000, exponent: float = 0.8) -> np.ndarray:
    """Return keys drawn by Zipf's law, numbered by first appearance as in a trace."""
    drawn = np.random.default_rng(1).choice(keys, requests, p=zipf(keys, exponent))
    numbers: dict[int, int] = {}
    return np.array([numbers.setdefault(int(key), len(numbers)) for key in drawn], dtype=np.int64)


def trace(**changed: object) -> Workload:
    """Return a small trace, replayed whole from cold."""
    ranks = drawn_keys()
    held = {
        "ranks": ranks,
        "distinct_keys": int(ranks.max()) + 1,
        "requests": ranks.size,
        "rate_rps": RATE_RPS,
    }
    return Workload(**{**held, **changed})  # type: ignore[arg-type]


def memory_bytes(entries: int) -> int:
    """Return what so many entries take, without steps."""
    return EMPTY_BYTES + ENTRY_BYTES * entries


def times(hit_s: float = 0.001, miss_s: float = 0.01, count: int = 20_000) -> Mixture:
    """Return response times of hits and of misses, spread evenly by a tenth around their means."""
    spread = np.linspace(0.9, 1.1, count)
    return mix(hit_s * spread, miss_s * spread)


def question(
    *goals: str,
    workload: Workload | None = None,
    outlook: Outlook | None = None,
    policies: Sequence[EvictionPolicy] = POLICIES,
    margin_ratio: float = 0.0,
    ttl_s: float | None = None,
    most_memory_bytes: int | None = None,
) -> Question:
    """Return a question about the small trace, or about another workload."""
    return Question(
        goals=[parse_goal(goal) for goal in goals],
        replays=Replays(trace() if workload is None else workload, Server()),
        outlook=outlook or Outlook(rate_rps=RATE_RPS),
        memory_bytes=memory_bytes,
        policies=policies,
        margin_ratio=margin_ratio,
        ttl_s=ttl_s,
        most_memory_bytes=most_memory_bytes,
    )
