"""The experiment `aa`: one arm against itself, many times over, to see how often the lab finds a difference.

There is none to find. Whatever share of the intervals does not hold 1 is the lab's own rate of false positives,
on this machine, with this read, at this rate.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from lab.experiments.conductor import Conductor
from lab.experiments.load_plan import KEYS, REPEAT, LoadPlan
from lab.experiments.preparation import Preparation
from lab.experiments.profile import Profile

ARMS = ("a", "b")
CACHED = "cached"


@dataclass(frozen=True, slots=True, kw_only=True)
class RepetitionPlan:
    """How often an arm is set against itself.

    Attributes:
        treatment: what both arms are sent: cached or uncached.
        repetitions: comparisons.
        blocks: blocks in each of them.
    """

    treatment: str
    repetitions: int
    blocks: int

    def seconds(self, profile: Profile) -> float:
        """Return about how long it takes for the first read of a profile."""
        warm_up_s = profile.warm_up_s(profile.reads[0]) if self.treatment == CACHED else 0.0
        turns = len(ARMS) * self.repetitions * self.blocks
        return profile.ramp_s() + warm_up_s + turns * profile.aa_leg_s


class AgainstItself:
    """Sets one read, the profile's first, against itself on a running stack.

    In every block both arms have a turn, in an order drawn at random, with the same arrivals. Past the cache they
    ask for the same keys as well. Through it they do not: the second turn would find what the first had just
    stored, and the arms would differ. There each turn asks for the next keys of the same popularity, so that the
    two meet the cache in the same state.
    """

    def __init__(self, plan: RepetitionPlan, load: LoadPlan, conductor: Conductor) -> None:
        self._plan = plan
        self._load = load
        self._conductor = conductor
        self._order = np.random.default_rng((load.seed, REPEAT))
        self._record = load.record(load.profile.reads[0])
        self._position = 0

    def run(self) -> None:
        preparation = Preparation(self._load, self._conductor, self._record, 0)
        if self._plan.treatment == CACHED:
            self._position = preparation.run()
        else:
            preparation.find_rate()
        for repetition in range(self._plan.repetitions):
            self._conductor.progress.step(
                f"{self._record.plan.route}, {self._plan.treatment}: against itself, "
                f"repetition {repetition + 1} of {self._plan.repetitions}"
            )
            for block in range(repetition * self._plan.blocks, (repetition + 1) * self._plan.blocks):
                self._block(block)

    def to_json(self) -> dict[str, Any]:
        return {
            "aa": {
                "operation": self._record.plan.operation,
                "route": self._record.plan.route,
                "treatment": self._plan.treatment,
                "repetitions": self._plan.repetitions,
                "blocks": self._plan.blocks,
                "offered_rate_rps": self._record.offered_rate_rps,
                "capacity_rps": self._record.capacity_rps,
                "leg_s": self._load.profile.aa_leg_s,
            }
        }

    def _block(self, block: int) -> None:
        positions = 0
        for turn, arm in enumerate(self._order.permutation(ARMS)):
            positions = self._turn(block, turn, str(arm))
            if self._plan.treatment == CACHED:
                self._position += positions
        if self._plan.treatment != CACHED:
            self._position += positions

    def _turn(self, block: int, turn: int, arm: str) -> int:
        leg = self._load.leg(
            self._record,
            phase="aa",
            arm=arm,
            treatment=self._plan.treatment,
            seed=(0, REPEAT, block),
            key_seed=(0, KEYS, block, turn) if self._plan.treatment == CACHED else None,
            key_start=self._position,
            duration_s=self._load.profile.aa_leg_s,
            block=block,
        )
        return self._conductor.send(leg, position=turn).positions
