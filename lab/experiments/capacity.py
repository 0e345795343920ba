"""The experiment `capacity`: how much load each arm carries before its latency breaks an objective.

For each read: find the two arms' capacities in closed loops and warm the cache, as in a comparison; look for the
rate at which each arm stops keeping the objective; then, in every block, offer each arm a few rates around its
own, in an order drawn at random over arms and rates. The cache stays as it is throughout, so its hit ratio is the
same at every rate, as far as the rate itself does not change it; what it was is in the samples.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lab.experiments.bracket import find_bracket
from lab.experiments.conductor import Conductor
from lab.experiments.load_plan import CAPACITY, LoadPlan
from lab.experiments.objective import Objective, parse_objective
from lab.experiments.preparation import Preparation
from lab.experiments.profile import Profile
from lab.experiments.read_record import ReadRecord
from lab.generator import LegSummary

ARMS = ("cached", "uncached")
START_RATIO = 0.7  # of what a closed loop carried: near the bend of most curves
PROBE = 1_000_000  # where a block has its number in a seed, so that no probe is sent what a block is sent
LONGEST_LEG_S = 8.0


@dataclass(kw_only=True)
class _Search:
    """One read under way."""

    number: int
    record: ReadRecord
    objective: Objective
    position: int
    rates_rps: dict[str, tuple[float, ...]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        record = self.record
        return {
            "operation": record.plan.operation,
            "route": record.plan.route,
            "objective": self.objective.to_json(),
            "arms": {arm: {"rates_rps": list(rates)} for arm, rates in self.rates_rps.items()},
            "closed_loop_rps": {"cached": record.cached_capacity_rps, "uncached": record.capacity_rps},
            "working_set_keys": record.working_set_keys,
            "cache_entries_held": record.held,
        }


class Capacity:
    """Searches the capacity of both arms of every read of the profile, on a running stack.

    Args:
        objective: what to keep; None: each read's own.
        load: what was asked.
        conductor: sends the legs.
    """

    def __init__(self, objective: Objective | None, load: LoadPlan, conductor: Conductor) -> None:
        self._objective = objective
        self._load = load
        self._conductor = conductor
        self._order = np.random.default_rng((load.seed, CAPACITY))
        self._searches: list[_Search] = []

    def run(self) -> None:
        for number, plan in enumerate(self._load.profile.reads):
            record = self._load.record(plan)
            search = _Search(
                number=number,
                record=record,
                objective=self._objective or parse_objective(plan.objective),
                position=Preparation(self._load, self._conductor, record, number).run(),
            )
            for arm in ARMS:
                search.rates_rps[arm] = self._rates_to_measure(search, arm)
            self._searches.append(search)
            for block in range(self._load.profile.capacity_blocks):
                self._block(search, block)

    def to_json(self) -> dict[str, Any]:
        blocks = self._load.profile.capacity_blocks
        return {"capacity": [{**search.to_json(), "blocks": blocks} for search in self._searches]}

    def _rates_to_measure(self, search: _Search, arm: str) -> tuple[float, ...]:
        record = search.record
        carried_rps = record.cached_capacity_rps if arm == "cached" else record.capacity_rps
        probes = 0

        def keeps(rate_rps: float) -> bool:
            nonlocal probes
            probes += 1
            self._conductor.progress.step(
                f"{record.plan.route}: does the {arm} arm keep {search.objective.text} at {rate_rps:,.0f}/s?"
            )
            summary = self._send(search, arm, rate_rps, block=None, turn=0, seed=(PROBE, probes))
            return search.objective.met_by(summary.response_s)

        return find_bracket(keeps, START_RATIO * (carried_rps or record.capacity_rps)).grid_rps()

    def _block(self, search: _Search, block: int) -> None:
        """Offer every rate of both arms once.

        Both arms meet the same keys at the same step, and other keys at the next one: keys that a step before
        has just put into the cache would all be hits.
        """
        turns = [(arm, step, rate_rps) for arm in ARMS for step, rate_rps in enumerate(search.rates_rps[arm])]
        for turn, index in enumerate(self._order.permutation(len(turns))):
            arm, step, rate_rps = turns[index]
            self._conductor.progress.step(
                f"{search.record.plan.route}: capacity, block {block + 1} of "
                f"{self._load.profile.capacity_blocks}, {arm} at {rate_rps:,.0f}/s"
            )
            self._send(search, arm, rate_rps, block=block, turn=turn, seed=(block, step))

    def _send(
        self,
        search: _Search,
        arm: str,
        rate_rps: float,
        *,
        block: int | None,
        turn: int,
        seed: tuple[int, int],
    ) -> LegSummary:
        leg = self._load.leg(
            search.record,
            phase="capacity",
            arm=arm,
            seed=(search.number, CAPACITY, *seed),
            key_start=search.position,
            duration_s=leg_seconds(self._load.profile, search.objective, rate_rps),
            block=block,
            rate_rps=rate_rps,
        )
        summary = self._conductor.send(leg, position=turn)
        search.position += summary.positions
        return summary


def leg_seconds(profile: Profile, objective: Objective, rate_rps: float) -> float:
    """Return how long a leg must be for its statistic to be told, within reason."""
    return min(LONGEST_LEG_S, max(profile.capacity_leg_s, objective.samples / rate_rps))
