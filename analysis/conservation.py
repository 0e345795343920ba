"""Proof that a hit was one: the client, Redis and PostgreSQL must have counted the same requests.

Every block is held to it, exactly. Where requests failed, their number is the slack: nobody knows how far
each of them came.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from analysis.blocks import UNCACHED
from analysis.cautions import Caution, State
from analysis.counters import Counters
from analysis.legs import Leg
from analysis.run import MEASURE, Run

_KEYSPACE_HITS = ("hit", "stale")
_KEYSPACE_MISSES = ("miss",)
_CALLS = ("miss", "bypass")
_UNTOLD = ("unknown",)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Witnesses:
    """What the client says of one leg, and what a server counted, under the name of the server's counter."""

    client: int
    server: int
    said: str
    counted: str


def check_conservation(run: Run, operation: str, samples: pd.DataFrame, phase: str = MEASURE) -> Iterator[Caution]:
    """Yield a caution for the first block whose witnesses disagree, and for a stack that has no witnesses."""
    legs = run.measured_legs(operation, phase)
    broken = [
        (leg, witnesses) for leg in legs for witnesses in _disagreements(leg, samples[samples["leg"] == leg.leg])
    ]
    if broken:
        yield _broken(broken, operation)
    if legs and any(_unwitnessed(leg) for leg in legs):
        yield _no_witness(operation)
    flattered = samples[(samples["arm"] == UNCACHED) & samples["outcome"].isin(_KEYSPACE_HITS)]
    if len(flattered):
        yield _served_from_cache(len(flattered), operation)


def _disagreements(leg: Leg, samples: pd.DataFrame) -> list[_Witnesses]:
    if leg.counters is None:
        return []
    slack = int((samples["failed"] | samples["outcome"].isin(_UNTOLD)).sum())
    pairs = _witnesses(leg.arm, leg.counters, samples["outcome"])
    return [pair for pair in pairs if abs(pair.client - pair.server) > slack]


def _witnesses(arm: str, counters: Counters, outcomes: "pd.Series[str]") -> Iterator[_Witnesses]:
    def client(words: tuple[str, ...]) -> int:
        return int(outcomes.isin(words).sum())

    redis, postgresql = counters.redis, counters.postgresql
    looked_up = None if redis is None else _sum(redis.keyspace_hits, redis.keyspace_misses)
    if looked_up is not None and arm == UNCACHED:
        yield _Witnesses(client=0, server=looked_up, said="look-ups", counted="keyspace_hits and _misses")
    elif looked_up is not None:
        for said, words in (("hits", _KEYSPACE_HITS), ("misses", _KEYSPACE_MISSES)):
            counted = f"keyspace_{said}"
            server = getattr(redis, counted)
            yield _Witnesses(client=client(words), server=server, said=said, counted=counted)
    if postgresql is not None and postgresql.calls is not None:
        said = "uncached requests" if arm == UNCACHED else "misses"
        counted = "calls in pg_stat_statements"
        yield _Witnesses(client=client(_CALLS), server=postgresql.calls, said=said, counted=counted)


def _sum(hits: int | None, misses: int | None) -> int | None:
    return None if hits is None or misses is None else hits + misses


def _broken(broken: list[tuple[Leg, _Witnesses]], operation: str) -> Caution:
    leg, pair = broken[0]
    legs = len({each.leg for each, _ in broken})
    others = f"; {legs - 1} more legs disagree" if legs > 1 else ""
    return Caution(
        code="conservation",
        severity=State.INVALID,
        sentence=(
            f"The witnesses disagree in the {leg.arm} arm of block {leg.block}: the client counted "
            f"{pair.client:,} {pair.said}, the server {pair.server:,} ({pair.counted}){others}."
        ),
        advice="Something else used Redis or PostgreSQL during the block; stop it and measure again.",
        figure=float(pair.server - pair.client),
        threshold=0.0,
        operation=operation,
    )


def _unwitnessed(leg: Leg) -> bool:
    return leg.counters is None or leg.counters.redis is None or leg.counters.postgresql is None


def _no_witness(operation: str) -> Caution:
    return Caution(
        code="no-witness",
        severity=State.DOUBTFUL,
        sentence="Hits are as the answers' headers say; no counter of Redis or PostgreSQL confirms them.",
        advice="Measure on a stack whose servers the lab can ask, or take the headers at their word.",
        figure=None,
        threshold=None,
        operation=operation,
    )


def _served_from_cache(amount: int, operation: str) -> Caution:
    return Caution(
        code="uncached-hits",
        severity=State.INVALID,
        sentence=f"{amount:,} answers of the uncached arm came from the cache: nothing to compare with.",
        advice="The service must let a request with Cache-Control: no-store pass the cache by.",
        figure=float(amount),
        threshold=0.0,
        operation=operation,
    )
