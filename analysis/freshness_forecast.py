"""What was to be expected of a cell of a run about freshness: by the law, and by a replay of what was sent."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.freshness_plan import INVALIDATE, NONE, CellPlan, FreshnessPlan
from analysis.intervals import Values
from analysis.look_ups import with_look_ups
from analysis.manifest import Manifest
from analysis.prediction import ttl
from analysis.prediction.database_load import load_ratio
from analysis.prediction.freshness import FreshnessLaw, invalidated, left_to_ttl, older_ratio
from analysis.prediction.freshness_replay import FreshnessReplay, TimedReads, TimedWrites, replay_freshness
from analysis.prediction.lifetime import Lifetime
from analysis.prediction.popularity import popularity_named

SEED, REPLAYS = 1, 30
"""A hot key lives few times in a cell: with other lifetimes the share of its stale answers is another."""

_CURVE_POINTS = 25
_LAWS = {NONE: left_to_ttl, INVALIDATE: invalidated}


@dataclass(frozen=True, slots=True, kw_only=True)
class LawPoint:
    """What the law has for one time to live, at the rates that were offered.

    ``database_rps`` are calls of the read's statement a second.
    """

    policy: str
    write_rate_rps: float
    ttl_s: float
    hit_ratio: float
    stale_ratio: float
    database_rps: float


class FreshnessForecaster:
    """Makes the forecasts of one read."""

    def __init__(self, manifest: Manifest, plan: FreshnessPlan) -> None:
        self._plan = plan
        self._popularity = popularity_named(manifest.parameters.get("popularity") or {}, plan.working_set_keys)

    def predict(self, cell: CellPlan, read_rate_rps: float, write_rate_rps: float) -> FreshnessLaw | None:
        """Return what the law has; None for a popularity without a vector, or a write policy without a law.

        The rates are those of the whole time over which the cell was measured, pauses between its legs included:
        an entry ages in them, and nobody asks for it.
        """
        law = _LAWS.get(cell.policy)
        if law is None or self._popularity is None:
            return None
        return law(
            self._popularity,
            read_rate_rps=read_rate_rps,
            write_rate_rps=write_rate_rps,
            lifetime=self._lifetime(cell.ttl_s),
        )

    def replay(
        self, cell: CellPlan, sent: pd.DataFrame, commits: pd.DataFrame, legs: Sequence[int]
    ) -> tuple[FreshnessReplay, ...]:
        """Replay what was sent, each time with other lifetimes; empty where nothing was answered.

        Args:
            cell: Its plan.
            sent: Reads of all its legs from the emptied cache on, columns as of the samples.
            commits: As of :func:`analysis.staleness.commits_of`.
            legs: Numbers of those that count.
        """
        answered = with_look_ups(sent[~sent["failed"] & sent["sent_ns"].notna()])
        counted = answered["leg"].isin(legs).to_numpy(dtype=np.bool_)
        if not counted.any() or cell.policy not in _LAWS:
            return ()
        zero_ns = int(answered["sent_ns"].min())
        # What was done earlier was seen by every read.
        done = commits[commits["done_ns"] >= zero_ns].sort_values("done_ns", kind="stable")
        reads = TimedReads(
            keys=answered["key"].to_numpy(dtype=np.int64),
            sent_s=_seconds_since(answered["sent_ns"], zero_ns),
            asked_s=_seconds_since(answered["asked_ns"], zero_ns),
            stored_s=_seconds_since(answered["stored_ns"], zero_ns),
            done_s=_seconds_since(answered["done_ns"], zero_ns),
        )
        writes = TimedWrites(
            keys=done["key"].to_numpy(dtype=np.int64), done_s=_seconds_since(done["done_ns"], zero_ns)
        )
        rng, life = np.random.default_rng(SEED), self._lifetime(cell.ttl_s)
        return tuple(
            replay_freshness(
                reads,
                writes,
                life.draw_s(rng, len(answered)),
                invalidates=cell.policy == INVALIDATE,
                counted=counted,
            )
            for _ in range(REPLAYS)
        )

    def curves(self) -> Iterator[LawPoint]:
        """Yield the law from the shortest to the longest time to live, for every policy and rate of writes."""
        if self._popularity is None:
            return
        lines = dict.fromkeys((cell.policy, cell.write_rate_rps) for cell in self._plan.cells)
        for policy, write_rate_rps in lines:
            cells_s = [
                cell.ttl_s
                for cell in self._plan.cells
                if (cell.policy, cell.write_rate_rps) == (policy, write_rate_rps)
            ]
            if policy in _LAWS:
                points = 1 if min(cells_s) == max(cells_s) else _CURVE_POINTS
                between_s = np.geomspace(min(cells_s), max(cells_s), points).tolist()
                for ttl_s in sorted({*between_s[1:-1], *cells_s}):
                    yield self._law_point(self._popularity, policy, write_rate_rps, ttl_s)

    def _law_point(self, popularity: Values, policy: str, write_rate_rps: float, ttl_s: float) -> LawPoint:
        read_rate_rps, life = self._plan.offered_rate_rps, self._lifetime(ttl_s)
        if policy == INVALIDATE:
            rates = {"read_rate_rps": read_rate_rps, "write_rate_rps": write_rate_rps}
            hit_ratio, stale_ratio = invalidated(popularity, **rates, lifetime=life).hit_ratio, 0.0
        else:
            hit_ratio = ttl.hit_ratio(popularity, rate_rps=read_rate_rps, ttl_s=ttl_s)
            stale_ratio = older_ratio(
                popularity,
                read_rate_rps=read_rate_rps,
                write_rate_rps=write_rate_rps,
                lifetime=life,
                age_s=0.0,
            )
        return LawPoint(
            policy=policy,
            write_rate_rps=write_rate_rps,
            ttl_s=ttl_s,
            hit_ratio=hit_ratio,
            stale_ratio=stale_ratio,
            database_rps=read_rate_rps * load_ratio(hit_ratio),
        )

    def _lifetime(self, ttl_s: float) -> Lifetime:
        return Lifetime(ttl_s=ttl_s, jitter_ratio=self._plan.ttl_jitter_ratio or 0.0)


def _seconds_since(stamps_ns: "pd.Series", zero_ns: int) -> Values:
    return (stamps_ns.to_numpy(dtype=np.int64) - zero_ns) / 1e9
