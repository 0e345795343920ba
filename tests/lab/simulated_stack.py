"""A stack in a dictionary, behind the two seams by which an experiment reaches a real one: conductor and Redis."""

from collections import OrderedDict
from types import SimpleNamespace
from typing import Any

import numpy as np

from lab.generator import LegSummary
from loadtests.popularity import parse_popularity
from loadtests.traces import Trace
from loadtests.traffic import Leg

ENTRY_BYTES, EMPTY_BYTES = 320, 1_000_000
SECOND_NS = 1_000_000_000


class SimulatedRedis:
    """An LRU whose entries all take the same; it answers what an experiment asks of Redis."""

    def __init__(self, policy: str) -> None:
        self.settings: dict[str, str] = {"maxmemory": "0", "maxmemory-policy": policy}
        self.policies: list[str] = []
        self._entries: OrderedDict[int, None] = OrderedDict()
        self._evicted = 0

    def config_set(self, name: str, value: Any) -> None:
        self.settings[name] = str(value)
        if name == "maxmemory-policy":
            self.policies.append(value)

    def config_get(self, name: str) -> dict[str, str]:
        return {name: self.settings[name]} if name in self.settings else {}

    def flushall(self, *, asynchronous: bool) -> None:
        self._entries.clear()

    def dbsize(self) -> int:
        return len(self._entries)

    def info(self, section: str) -> dict[str, int]:
        if section == "stats":
            return {"evicted_keys": self._evicted}
        used = EMPTY_BYTES + ENTRY_BYTES * len(self._entries)
        return {"used_memory": used, "lazyfree_pending_objects": 0}

    def ask(self, key: int) -> bool:
        if key in self._entries:
            self._entries.move_to_end(key)
            return True
        self._entries[key] = None
        limit = int(self.settings["maxmemory"])
        while limit and EMPTY_BYTES + ENTRY_BYTES * len(self._entries) > limit:
            self._entries.popitem(last=False)
            self._evicted += 1
        return False


class SimulatedConductor:
    """Answers every leg at once: an open loop at its rate, a closed one at what the service is said to carry.

    Attributes:
        legs: those sent so far.
    """

    def __init__(self, redis: SimulatedRedis, *, carries_rps: float, trace: Trace | None = None) -> None:
        self.witnesses = SimpleNamespace(redis=redis)
        self.progress = SimpleNamespace(step=lambda _: None)
        self.legs: list[Leg] = []
        self._redis, self._carries_rps, self._trace = redis, carries_rps, trace

    @property
    def next_number(self) -> int:
        return len(self.legs)

    def send(self, leg: Leg, *, position: int = 0, counted: bool = True) -> LegSummary:
        number = len(self.legs)
        self.legs.append(leg)
        requests = int(leg.duration_s * (leg.rate_rps or self._carries_rps))
        outcomes = {"hit": 0, "miss": 0, "bypass": 0}
        for key in self._keys(leg, requests):
            hit = leg.treatment == "cached" and self._redis.ask(key)
            outcomes["hit" if hit else "miss" if leg.treatment == "cached" else "bypass"] += 1
        return LegSummary(
            leg=number,
            started_ns=0,
            ended_ns=round(leg.duration_s * SECOND_NS),
            requests=requests,
            positions=requests,
            outcomes=outcomes,
            connects=0,
            response_s={},
            workers=[],
        )

    def _keys(self, leg: Leg, requests: int) -> list[int]:
        if self._trace is not None:
            ranks = np.resize(self._trace.ranks, leg.key_start + requests)
            return [int(rank) for rank in ranks[leg.key_start :]]
        random = np.random.default_rng(leg.seed)
        drawn = parse_popularity(leg.popularity, leg.working_set_keys).draw(requests, 0, random)
        return [int(rank) for rank in drawn]
