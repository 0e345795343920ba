"""Proof that a hit was one: the client, Redis and PostgreSQL must have counted the same requests.

Every leg is held to it, exactly. Where requests failed, their number is the slack: nobody knows how far each of
them came.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pandas as pd

from analysis.blocks import UNCACHED
from analysis.cautions import Caution, State
from analysis.legs import Leg
from analysis.validity.evidence import Evidence, LegEvidence

_KEYSPACE_HITS = ("hit", "stale")
_KEYSPACE_MISSES = ("miss",)
_CALLS = ("miss", "bypass")
_COLLAPSED = ("collapsed",)
_UNTOLD = ("unknown",)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Account:
    """What the client says that one counter of a server must have counted, and what it did count.

    ``slack`` is how many more or fewer are no contradiction, ``surplus`` how many more on top of that.
    """

    client: int
    server: int
    slack: int
    surplus: int = 0

    @property
    def excess(self) -> int:
        return self.server - self.client

    @property
    def broken(self) -> bool:
        return not -self.slack <= self.excess <= self.slack + self.surplus


def conserved(evidence: LegEvidence) -> Iterator[Caution]:
    """Throw the run away when a leg's witnesses disagree.

    A leg that lost a generator process is left alone: what that process sent, nobody has counted.
    """
    leg = evidence.leg
    if leg.lost_workers:
        return
    broken = [account for account in _accounts(evidence) if account.broken]
    if broken:
        yield Caution(
            code="conservation",
            severity=State.INVALID,
            sentence=(
                f"The witnesses disagree in the {leg.arm} arm of block {leg.block}. "
                f"Client: {_client(evidence)}; Redis: {_redis(leg)}; PostgreSQL: {_postgresql(leg)}."
            ),
            advice="Something else used Redis or PostgreSQL during the block; stop it and measure again.",
            figure=float(max((account.excess for account in broken), key=abs)),
            threshold=0.0,
            operation=leg.operation,
            arm=leg.arm,
        )


def _accounts(evidence: LegEvidence) -> Iterator[_Account]:
    """Yield each counter with what the client expects of it.

    A collapsed request waited for another's fill. Whether it looked into Redis before, or again after, is its
    strategy's affair, so Redis may have counted it or not. It did not ask PostgreSQL: that is what the word means.
    """
    outcomes = evidence.samples["outcome"]
    slack = int((evidence.samples["failed"] | outcomes.isin(_UNTOLD)).sum())
    redis, postgresql = evidence.redis, evidence.postgresql
    if redis is not None and redis.keyspace_hits is not None and redis.keyspace_misses is not None:
        if evidence.leg.treatment == UNCACHED:
            yield _Account(client=0, server=redis.keyspace_hits + redis.keyspace_misses, slack=slack)
        else:
            collapsed = _count(outcomes, _COLLAPSED)
            for words, server in (
                (_KEYSPACE_HITS, redis.keyspace_hits),
                (_KEYSPACE_MISSES, redis.keyspace_misses),
            ):
                yield _Account(client=_count(outcomes, words), server=server, slack=slack, surplus=collapsed)
    if postgresql is not None and postgresql.calls is not None:
        yield _Account(client=_count(outcomes, _CALLS), server=postgresql.calls, slack=slack)


def _count(outcomes: "pd.Series[str]", words: tuple[str, ...]) -> int:
    return int(outcomes.isin(words).sum())


def _client(evidence: LegEvidence) -> str:
    outcomes = evidence.samples["outcome"]
    if evidence.leg.treatment == UNCACHED:
        told = f"{_count(outcomes, _CALLS):,} uncached requests, no look-up"
    else:
        told = f"{_count(outcomes, _KEYSPACE_HITS):,} hits and {_count(outcomes, _KEYSPACE_MISSES):,} misses"
    others = {word: _count(outcomes, (word,)) for word in ("bypass", *_COLLAPSED, *_UNTOLD)}
    if evidence.leg.treatment == UNCACHED:
        del others["bypass"]
    others["failed"] = int(evidence.samples["failed"].sum())
    return told + "".join(f", {amount:,} {word}" for word, amount in others.items() if amount)


def _redis(leg: Leg) -> str:
    redis = None if leg.counters is None else leg.counters.redis
    if redis is None or redis.keyspace_hits is None or redis.keyspace_misses is None:
        return "not asked"
    return f"{redis.keyspace_hits:,} hits and {redis.keyspace_misses:,} misses (keyspace)"


def _postgresql(leg: Leg) -> str:
    postgresql = None if leg.counters is None else leg.counters.postgresql
    if postgresql is None or postgresql.calls is None:
        return "not asked"
    return f"{postgresql.calls:,} calls (pg_stat_statements)"


def witnessed(evidence: Evidence) -> Iterator[Caution]:
    """Doubt a read whose hits no server can confirm."""
    if lacks_witness(evidence.run.measured_legs(evidence.operation)):
        yield evidence.caution(
            "no-witness",
            State.DOUBTFUL,
            "Hits are as the answers' headers say; no counter of Redis or PostgreSQL confirms them.",
            "Measure on a stack whose servers the lab can ask, or take the headers at their word.",
        )


def uncached_indeed(evidence: Evidence) -> Iterator[Caution]:
    """Throw the run away when answers of the uncached arm came from the cache."""
    amount = count_uncached_hits(evidence.samples)
    if amount:
        yield evidence.caution(
            "uncached-hits",
            State.INVALID,
            f"{amount:,} answers of the uncached arm came from the cache: nothing to compare with.",
            "The service must let a request with Cache-Control: no-store pass the cache by.",
            figure=float(amount),
            threshold=0.0,
            arm=UNCACHED,
        )


def lacks_witness(legs: Iterable[Leg]) -> bool:
    """Say whether any of these legs has no counters of Redis or PostgreSQL."""
    return any("not asked" in (_redis(leg), _postgresql(leg)) for leg in legs)


def count_uncached_hits(samples: pd.DataFrame) -> int:
    """Return how many answers of the uncached arm came from the cache."""
    return int(((samples["arm"] == UNCACHED) & samples["outcome"].isin(_KEYSPACE_HITS)).sum())
