"""Searches for capacity of known truth: latency curves of M/M/1, with speeds that differ from block to block."""

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tests.analysis.synthetic import GAP_NS, SECOND_NS, manifest, read_manifest_entry, write_manifest

SHARES = (0.3, 0.55, 0.75, 0.9, 1.05, 1.25)
"""The rates offered, as shares of the true capacity."""

_LONGEST_S = 2.0  # a queue of a short leg grows no further


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmTruth:
    """One arm: what it serves a second, and what its servers spend on it.

    Attributes:
        served_rps: M/M/1's service rate.
        cpu_s: CPU time a request, by role.
        app_s: Time that a request spends in the service.
    """

    served_rps: float
    cpu_s: dict[str, float | None] = field(default_factory=lambda: {"data-service": 4e-4, "generator": 5e-5})
    app_s: float = 1e-3

    def p99_s(self, rate_rps: float, factor: float = 1.0) -> float:
        """The latency at a rate, where the block's speed is ``factor`` times the usual."""
        left_rps = self.served_rps * factor - rate_rps
        return min(_LONGEST_S, math.log(100) / left_rps) if left_rps > 0 else _LONGEST_S

    def capacity_rps(self, limit_s: float) -> float:
        """The highest rate at which p99 stays below a limit."""
        return self.served_rps - math.log(100) / limit_s


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchTruth:
    """What is true of one read, and how it was searched."""

    operation: str = "activity"
    cached: ArmTruth = ArmTruth(served_rps=2_000.0)
    uncached: ArmTruth = ArmTruth(served_rps=800.0)
    limit_s: float = 0.020
    shares: tuple[float, ...] = SHARES
    blocks: int = 8
    requests: int = 400
    block_noise: float = 0.04
    hit_ratio: tuple[float, ...] = (0.7,) * 6
    failing: dict[tuple[str, int, int], int] = field(default_factory=dict)
    """How many requests fail, by arm, block and step."""
    seed: int = 5

    def arm(self, name: str) -> ArmTruth:
        return self.cached if name == "cached" else self.uncached

    def rates_rps(self, name: str) -> list[float]:
        return [share * self.arm(name).capacity_rps(self.limit_s) for share in self.shares]

    @property
    def ratio(self) -> float:
        return self.cached.capacity_rps(self.limit_s) / self.uncached.capacity_rps(self.limit_s)


def write_search(folder: Path, truth: SearchTruth = SearchTruth(), **servers: Any) -> Path:
    """Write the folder of a run that sought one capacity; ``servers`` change run.json's stack."""
    folder.mkdir(parents=True)
    entry = {**manifest(folder.name, (), []), "experiment": "capacity"}
    entry["stack"]["servers"][2]["detail"] = "Flask 3.1.3, 2 workers × 4 threads"
    entry["stack"] |= servers
    write_manifest(folder, entry)
    return add_search(folder, truth)


def add_search(folder: Path, truth: SearchTruth) -> Path:
    """Add what a search leaves to a run folder."""
    entry = read_manifest_entry(folder)
    entry.setdefault("capacity", []).append(_plan(truth))
    rng, start_ns, frames = np.random.default_rng(truth.seed), 20_000 * SECOND_NS, []
    for block in range(truth.blocks):
        factor = float(np.exp(rng.normal(0.0, truth.block_noise)))
        for arm in ("cached", "uncached"):
            for step, rate_rps in enumerate(truth.rates_rps(arm)):
                number = len(entry["legs"])
                p99_s = truth.arm(arm).p99_s(rate_rps, factor)
                frame = _samples(rng, truth, (arm, block, step), p99_s=p99_s, start_ns=start_ns)
                frame["leg"] = number
                frames.append(frame)
                entry["legs"].append(_leg(truth, number, frame, rate_rps, start_ns))
                start_ns = entry["legs"][-1]["ended_ns"] + GAP_NS
    (folder / "samples").mkdir(exist_ok=True)
    pd.concat(frames).to_parquet(folder / "samples" / f"capacity-{truth.operation}.parquet")
    write_manifest(folder, entry)
    return folder


def _plan(truth: SearchTruth) -> dict[str, Any]:
    return {
        "operation": truth.operation,
        "route": f"GET /user/<name>/{truth.operation}",
        "objective": {
            "text": f"p99<{1e3 * truth.limit_s:g}ms",
            "statistic": "p99",
            "limit_s": truth.limit_s,
        },
        "arms": {arm: {"rates_rps": truth.rates_rps(arm)} for arm in ("cached", "uncached")},
        "closed_loop_rps": {arm: truth.arm(arm).served_rps for arm in ("cached", "uncached")},
        "working_set_keys": 5_000,
        "cache_entries_held": 1_000,
        "blocks": truth.blocks,
    }


def _samples(
    rng: np.random.Generator, truth: SearchTruth, turn: tuple[str, int, int], *, p99_s: float, start_ns: int
) -> pd.DataFrame:
    arm, block, step = turn
    size, rate_rps = truth.requests, truth.rates_rps(arm)[step]
    # The quantiles of an exponential distribution themselves, so that the leg's p99 is what it is meant to be.
    shares = (np.arange(size) + 0.5) / size
    rank = math.ceil(0.99 * size) - 1
    times = np.log1p(-shares) / np.log1p(-shares[rank]) * p99_s
    outcome = np.full(size, "bypass", dtype=object)
    if arm == "cached":
        outcome = np.where(np.arange(size) < round(truth.hit_ratio[step] * size), "hit", "miss").astype(object)
        rng.shuffle(outcome)
    outcome[: truth.failing.get(turn, 0)] = "timeout"
    intended_ns = start_ns + (np.arange(size) * SECOND_NS / rate_rps).astype(int)
    return pd.DataFrame(
        {
            "operation": truth.operation,
            "arm": arm,
            "phase": "capacity",
            "block": block,
            "outcome": outcome,
            "key": 0,
            "intended_ns": intended_ns,
            "sent_ns": intended_ns,
            "done_ns": intended_ns + (rng.permutation(times) * 1e9).astype(int),
            "status": 200,
            "app_ns": round(truth.arm(arm).app_s * 1e9),
        }
    )


def _leg(truth: SearchTruth, number: int, frame: pd.DataFrame, rate_rps: float, start_ns: int) -> dict[str, Any]:
    arm, size = str(frame["arm"].iloc[0]), len(frame)
    hits, misses, calls = ((frame["outcome"] == each).sum() for each in ("hit", "miss", "bypass"))
    cpu_s = {role: None if each is None else each * size for role, each in truth.arm(arm).cpu_s.items()}
    return {
        "leg": number,
        "operation": truth.operation,
        "phase": "capacity",
        "arm": arm,
        "treatment": arm,
        "block": int(frame["block"].iloc[0]),
        "position": 0,
        "started_ns": start_ns,
        "ended_ns": start_ns + round(size / rate_rps * SECOND_NS),
        "offered_rate_rps": rate_rps,
        "requests": size,
        "counters": {
            "redis": {"keyspace_hits": int(hits), "keyspace_misses": int(misses)},
            "postgresql": {"calls": int(misses + calls), "exec_time_ms": 0.2 * float(misses + calls)},
            "cpu_s": cpu_s,
        },
    }
