"""The experiment `compare`: each read through the cache and past it, in interleaved blocks of equal traffic.

For each read: find the uncached arm's capacity by a short ramp, offer half of it to both arms, warm the cache by
its own traffic, then give both arms a turn in every block, in an order drawn at random. Both turns of a block
have the same arrivals and the same keys.
"""

from typing import Any

import numpy as np

from lab.experiments.conductor import Conductor
from lab.experiments.load_plan import MEASURE, LoadPlan
from lab.experiments.preparation import Preparation
from lab.experiments.read_record import ReadRecord

ARMS = ("cached", "uncached")


class Compare:
    """Compares every read of the profile, on a running stack."""

    def __init__(self, load: LoadPlan, conductor: Conductor) -> None:
        self._load = load
        self._conductor = conductor
        self._order = np.random.default_rng(load.seed)
        self._records: list[ReadRecord] = []

    def run(self) -> None:
        for number, plan in enumerate(self._load.profile.reads):
            record = self._load.record(plan)
            self._records.append(record)
            position = Preparation(self._load, self._conductor, record, number).run()
            for block in range(self._load.profile.blocks):
                position += self._block(number, record, block, position)

    def to_json(self) -> dict[str, Any]:
        return {"reads": [record.to_json() for record in self._records]}

    def _block(self, number: int, record: ReadRecord, block: int, position: int) -> int:
        """Give both arms their turn; return how many requests each was sent."""
        requests = 0
        for turn, arm in enumerate(self._order.permutation(ARMS)):
            self._conductor.progress.step(
                f"{record.plan.route}: block {block + 1} of {self._load.profile.blocks}, {arm}"
            )
            leg = self._load.leg(
                record,
                phase="measure",
                arm=str(arm),
                seed=(number, MEASURE, block),
                key_start=position,
                duration_s=record.plan.leg_s,
                block=block,
            )
            requests = self._conductor.send(leg, position=turn).requests
        return requests
