"""Sweeps of known truth: a cache that keeps its entries by a stated rule is asked for Zipf-distributed keys."""

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tests.analysis.synthetic import GAP_NS, SECOND_NS, manifest, write_manifest

WARM_UP, MEASURED = 8_000, 4_000
ENTRY_BYTES = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepTruth:
    """A server that keeps the least recently used keys, or (``first_in``) throws out the one that came first.

    Attributes:
        cold: Whether the cache is measured from empty, as when it had not settled.
        write_ratio: Share of the requests that write, and so delete their key; the rate is that of all.
        of_trace: Whether the requests are said to be of a trace; then each point is one pass from empty.
    """

    keys: int = 400
    sizes_ratio: tuple[float, ...] = (0.1, 0.25, 1.0)
    rate_rps: float = 5.0  # slow: the cache turns over in many ticks of the server's clock of use
    legs: int = 4
    first_in: bool = False
    cold: bool = False
    of_trace: bool = False
    write_ratio: float = 0.0
    miscounted: int = 0
    """Hits that Redis counts beyond those of the client, in the first measured leg."""


class Cache:
    """What is kept of one size."""

    def __init__(self, entries: int, *, first_in: bool) -> None:
        self._entries, self._first_in = entries, first_in
        self._held: OrderedDict[int, None] = OrderedDict()
        self.evicted = 0

    def ask(self, key: int) -> bool:
        if key in self._held:
            if not self._first_in:
                self._held.move_to_end(key)
            return True
        if len(self._held) == self._entries:
            self._held.popitem(last=False)
            self.evicted += 1
        self._held[key] = None
        return False

    def delete(self, key: int) -> None:
        self._held.pop(key, None)

    def __len__(self) -> int:
        return len(self._held)


def write_sweep(folder: Path, truth: SweepTruth = SweepTruth()) -> Path:
    """Write the folder of a run that swept one read."""
    folder.mkdir(parents=True)
    entry = {**manifest(folder.name, (), []), "experiment": "sizing"}
    entry["parameters"] |= {
        "ttl_s": None,
        "popularity": {"kind": "trace" if truth.of_trace else "zipf", "exponent": 0.8},
    }
    rng, clock_ns, frames, points = np.random.default_rng(3), 0, [], []
    for size_ratio in truth.sizes_ratio:
        cache = Cache(round(size_ratio * truth.keys), first_in=truth.first_in)
        warm = 0 if truth.cold or truth.of_trace else WARM_UP
        sent = [warm] if warm else []
        sent += [MEASURED] if truth.of_trace else [MEASURED // truth.legs] * truth.legs
        point = _point(truth, size_ratio, len(entry["legs"]), warm)
        for position, requests in enumerate(sent):
            phase = "warmup" if warm and not position else "sizing"
            frame, evicted = _leg_samples(truth, rng, cache, requests, clock_ns)
            number = len(entry["legs"])
            block = sum(len(each["legs"]) for each in [*points, point]) if phase == "sizing" else None
            frame["leg"], frame["phase"], frame["block"] = number, phase, block
            frames.append(frame)
            entry["legs"].append(_leg(truth, frame, evicted))
            clock_ns = entry["legs"][-1]["ended_ns"] + GAP_NS
            if phase == "sizing":
                point["legs"].append(number)
                point["entries_held"].append(len(cache))
        points.append(point)
    entry["sizing"] = [_sweep(truth, points)]
    (folder / "samples").mkdir()
    pd.concat(frames).to_parquet(folder / "samples" / "worker-0.parquet")
    write_manifest(folder, entry)
    return folder


def _leg_samples(
    truth: SweepTruth, rng: np.random.Generator, cache: Cache, requests: int, clock_ns: int
) -> tuple[pd.DataFrame, int]:
    weights = np.arange(1, truth.keys + 1) ** -0.8
    keys = rng.choice(truth.keys, size=requests, p=weights / weights.sum())
    before = cache.evicted
    writes = rng.random(requests) < truth.write_ratio if truth.write_ratio else np.zeros(requests, dtype=bool)
    outcome = [_outcome(cache, int(key), write=write) for key, write in zip(keys, writes.tolist(), strict=True)]
    intended_ns = clock_ns + (np.arange(requests) * SECOND_NS / truth.rate_rps).astype(int)
    response_ns = np.where(np.array(outcome) == "hit", 400_000, 900_000)
    frame = pd.DataFrame(
        {
            "operation": np.where(writes, "write", "user"),
            "arm": "cached",
            "outcome": outcome,
            "key": keys,
            "intended_ns": intended_ns,
            "sent_ns": intended_ns,
            "done_ns": intended_ns + response_ns,
            "status": 200,
        }
    )
    return frame, cache.evicted - before


def _outcome(cache: Cache, key: int, *, write: bool) -> str:
    if write:
        cache.delete(key)
        return "unknown"
    return "hit" if cache.ask(key) else "miss"


def _point(truth: SweepTruth, size_ratio: float, first_leg: int, warm: int) -> dict[str, Any]:
    entries = round(size_ratio * truth.keys)
    return {
        "policy": "allkeys-lru",
        "size_ratio": size_ratio,
        "entries_planned": entries,
        "offered_rate_rps": truth.rate_rps,
        "entry_bytes": float(ENTRY_BYTES),
        "maxmemory_bytes": 1_000_000 + entries * ENTRY_BYTES,
        "fill_requests": warm,
        "warm_up_requests": 0,
        "settled": not truth.cold,
        "first_leg": first_leg,
        "legs": [],
        "entries_held": [],
    }


def _sweep(truth: SweepTruth, points: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "operation": "user",
        "route": "GET /user/<name>",
        "working_set_keys": truth.keys,
        "trace_share_ratio": 1.0 if truth.of_trace else None,
        "capacity_rps": 4_000.0,
        "maxmemory_samples": 5,
        "lfu_log_factor": 10,
        "lfu_decay_min": 1,
        "points": points,
    }


def _leg(truth: SweepTruth, frame: pd.DataFrame, evicted: int) -> dict[str, Any]:
    number, phase = int(frame["leg"].iloc[0]), str(frame["phase"].iloc[0])
    block = None if phase == "warmup" else int(frame["block"].iloc[0])
    hits, misses = (int((frame["outcome"] == each).sum()) for each in ("hit", "miss"))
    started_ns = int(frame["intended_ns"].iloc[0])
    miscounted = truth.miscounted if block == 0 else 0
    return {
        "leg": number,
        "operation": "user",
        "phase": phase,
        "arm": "cached",
        "treatment": "cached",
        "block": block,
        "position": 0,
        "started_ns": started_ns,
        "ended_ns": started_ns + round(len(frame) / truth.rate_rps * SECOND_NS),
        "offered_rate_rps": truth.rate_rps,
        "requests": hits + misses,
        "writes": len(frame) - hits - misses,
        "counters": {
            "redis": {
                "keyspace_hits": hits + miscounted,
                "keyspace_misses": misses,
                "evicted_keys": evicted,
                "used_memory_bytes": 1_100_000,
            },
            "postgresql": {"calls": misses},
        },
    }
