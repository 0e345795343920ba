"""The experiment `compare`: each read through the cache and past it, in interleaved blocks of equal traffic.

For each read: find the uncached arm's capacity by a short ramp, offer half of it to both arms, warm the cache by
its own traffic, then give both arms a turn in every block, in an order drawn at random, for as many blocks as
asked. Both turns of a block have the same arrivals and the same keys.
"""

from itertools import count
from typing import Any

import numpy as np

from lab.experiments.conductor import Conductor
from lab.experiments.load_plan import MEASURE, LoadPlan
from lab.experiments.preparation import Preparation
from lab.experiments.read_record import ReadRecord
from lab.experiments.stopping import Blocks, blocks_of

CACHED, UNCACHED = "cached", "uncached"
ARMS = (CACHED, UNCACHED)


class Compare:
    """Compares every read of the profile, on a running stack.

    Attributes:
        records: what is known of each read so far, in the profile's order.
    """

    def __init__(self, load: LoadPlan, conductor: Conductor) -> None:
        self._load = load
        self._conductor = conductor
        self._order = np.random.default_rng(load.seed)
        self.records: list[ReadRecord] = []

    def run(self) -> None:
        for number, plan in enumerate(self._load.profile.reads):
            record = self._load.record(plan)
            record.blocks = blocks_of(self._load.profile, self._load.until)
            self.records.append(record)
            self._measure(number, record, record.blocks)

    def to_json(self) -> dict[str, Any]:
        return {"reads": [record.to_json() for record in self.records]}

    def _measure(self, number: int, record: ReadRecord, blocks: Blocks) -> None:
        position = Preparation(self._load, self._conductor, record, number).run()
        for block in count():
            position += self._block(number, record, blocks, block, position)
            if blocks.done:
                return

    def _block(self, number: int, record: ReadRecord, blocks: Blocks, block: int, position: int) -> int:
        """Give both arms their turn; return how far each went on in the stream of keys."""
        sent = {}
        for turn, arm in enumerate(self._order.permutation(ARMS)):
            self._conductor.progress.step(f"{record.plan.route}: {blocks.progress()}, {arm}")
            leg = self._load.leg(
                record,
                phase="measure",
                arm=str(arm),
                seed=(number, MEASURE, block),
                key_start=position,
                duration_s=record.plan.leg_s,
                block=block,
            )
            sent[str(arm)] = self._conductor.send(leg, position=turn)
        blocks.note(sent[CACHED], sent[UNCACHED])
        return sent[CACHED].positions
