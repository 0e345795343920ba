"""The experiment `freshness`: what each time to live and write policy costs, and how stale the answers get.

A cell is a write policy, a time to live and a rate of writes. Its cache has room for everything and is emptied;
traffic fills it for more than one time to live; then it is measured over legs that last whole times to live, so
that each leg meets every hot entry at every age, though all were filled at about the same moment.
"""

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from itertools import count
from typing import Any

from lab.experiments.cache_size import CacheSize
from lab.experiments.conductor import Conductor
from lab.experiments.load_plan import FRESHNESS, LoadPlan
from lab.experiments.preparation import Preparation
from lab.experiments.profile import Profile
from lab.generator import LegSummary
from lab.stacks.lab_mode import require_lab_mode

POLICIES = ("none", "invalidate")
WRITES_A_READ = (0.0, 0.01, 0.1)
WARM_UP_TTLS = 1.2  # the longest that jitter makes of one is 1.1
WARM_UP_MORE_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshnessPlan:
    """Which cells are measured.

    Attributes:
        ttls_s: times to live; empty: the profile's.
        write_rates_rps: rates of writes; empty: none, a hundredth and a tenth of the rate of reads.
        policies: what becomes of the cache after a write; where nobody writes, `none` stands for all.
        ttl_jitter_ratio: by how much the services vary a time to live; None where that is not known.
    """

    ttls_s: tuple[float, ...] = ()
    write_rates_rps: tuple[float, ...] = ()
    policies: tuple[str, ...] = POLICIES
    ttl_jitter_ratio: float | None = None

    def cells(self, profile: Profile, rate_rps: float) -> Iterator["Cell"]:
        """Yield the cells in the order in which they are measured."""
        rates_rps = self.write_rates_rps or tuple(share * rate_rps for share in WRITES_A_READ)
        for ttl_s in self.ttls_s or profile.freshness_ttls_s:
            for write_rate_rps in rates_rps:
                for policy in self.policies if write_rate_rps else POLICIES[:1]:
                    yield Cell(policy=policy, ttl_s=ttl_s, write_rate_rps=write_rate_rps)

    def seconds(self, profile: Profile) -> float:
        """Return about how long the sweep takes."""
        cells = self.cells(profile, 1.0)
        return profile.ramp_s() + sum(cell.warm_up_s + profile.sizing_legs * cell.leg_s(profile) for cell in cells)


@dataclass(kw_only=True)
class Cell:
    """One cell as it is measured; what run.json tells of it."""

    policy: str
    ttl_s: float
    write_rate_rps: float
    warm_up_requests: int = 0
    first_leg: int = 0
    legs: list[int] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"TTL {self.ttl_s:g} s, {self.write_rate_rps:,.3g} writes/s, {self.policy}"

    @property
    def warm_up_s(self) -> float:
        return WARM_UP_TTLS * self.ttl_s + WARM_UP_MORE_S

    def leg_s(self, profile: Profile) -> float:
        """Return how long a leg is: whole times to live, and at least the profile's."""
        return self.ttl_s * math.ceil(profile.freshness_leg_s / self.ttl_s)


class Freshness:
    """Measures one read in every cell of a plan, on a running stack."""

    def __init__(self, plan: FreshnessPlan, load: LoadPlan, conductor: Conductor) -> None:
        self._plan = plan
        self._load = load
        self._conductor = conductor
        self._record = load.record(load.profile.reads[0])
        self._cells: list[Cell] = []
        self._blocks = count()
        self._position = 0

    def run(self) -> None:
        require_lab_mode(self._conductor.settings)
        Preparation(self._load, self._conductor, self._record, FRESHNESS).find_rate()
        for cell in self._plan.cells(self._load.profile, self._record.offered_rate_rps):
            self._cells.append(cell)
            self._measure(cell)

    def to_json(self) -> dict[str, Any]:
        record = self._record
        found = {
            "operation": record.plan.operation,
            "route": record.plan.route,
            "working_set_keys": record.working_set_keys,
            "trace_share_ratio": record.trace_share_ratio,
            "offered_rate_rps": record.offered_rate_rps,
            "ttl_jitter_ratio": self._plan.ttl_jitter_ratio,
            "cells": [asdict(cell) for cell in self._cells],
        }
        return {"freshness": [found]}

    def _measure(self, cell: Cell) -> None:
        profile, progress = self._load.profile, self._conductor.progress
        CacheSize(entries=self._record.working_set_keys, client=self._conductor.witnesses.redis).empty()
        cell.first_leg = self._conductor.next_number
        self._position = 0
        progress.step(f"{cell.name}: warming up")
        cell.warm_up_requests = self._send(cell, "warmup", cell.warm_up_s).requests
        for number in range(profile.sizing_legs):
            progress.step(f"{cell.name}: leg {number + 1} of {profile.sizing_legs}")
            cell.legs.append(self._send(cell, "freshness", cell.leg_s(profile), block=next(self._blocks)).leg)

    def _send(self, cell: Cell, phase: str, seconds: float, *, block: int | None = None) -> LegSummary:
        leg = self._load.leg(
            self._record,
            phase=phase,
            arm="cached",
            seed=(FRESHNESS, self._conductor.next_number),
            key_start=self._position,
            duration_s=seconds,
            block=block,
        )
        # Writes are the cell's, whatever the workload has: of a trace every record reads.
        asked = replace(
            leg,
            ttl_s=cell.ttl_s,
            write_rate_rps=cell.write_rate_rps,
            write_policy=cell.policy,
            trace_operations=False,
        )
        summary = self._conductor.send(asked)
        self._position += summary.positions
        return summary
