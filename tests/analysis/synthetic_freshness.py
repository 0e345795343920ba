"""Runs about freshness, of known truth: a cache that keeps to its rules meets reads and writes, event by event."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tests.analysis.synthetic import GAP_NS, SECOND_NS, manifest, write_manifest, write_samples

COMMITTED_NS, WRITTEN_NS = 400_000, 900_000
ASKED_NS, HIT_NS, MISS_NS = 100_000, 300_000, 800_000
"""From when it is sent: a write's commit and its answer; a read's look-up, and its answer as a hit or a miss."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshTruth:
    """What is true of a run.

    Attributes:
        legs: Of each cell; each lasts ``leg_s``, or the time to live where that is longer.
        warm_up_ttls: How long the warm-up lasts, in times to live.
        keeps_ratio: How much longer than their time to live entries are kept.
        races: Writes of each measured leg whose deletion was overtaken by the store of an old row.
        failed_writes: Of each warm-up: they are committed, and their answer is lost.
        writer_behind_ns: By how much the clock of the writes is behind that of the reads.
        foreign_deletions: Of the first measured leg of each cell, beyond its writes.
    """

    keys: int = 200
    read_rate_rps: float = 200.0
    write_rates_rps: tuple[float, ...] = (0.0, 8.0)
    ttls_s: tuple[float, ...] = (1.0, 5.0)
    policies: tuple[str, ...] = ("none", "invalidate")
    jitter_ratio: float = 0.1
    legs: int = 3
    leg_s: float = 6.0
    warm_up_ttls: float = 1.5
    keeps_ratio: float = 1.0
    races: int = 0
    failed_writes: int = 0
    writer_behind_ns: int = 0
    foreign_deletions: int = 0
    of_trace: bool = False
    versions: bool = True

    def cells(self) -> list[tuple[str, float, float]]:
        return [
            (policy, ttl_s, rate_rps)
            for policy in self.policies
            for rate_rps in self.write_rates_rps
            for ttl_s in self.ttls_s
            if rate_rps or policy == "none"
        ]


@dataclass(kw_only=True)
class Server:
    """A cache, and the versions of the rows behind it."""

    truth: FreshTruth
    rng: np.random.Generator
    rows: dict[int, int] = field(default_factory=dict)
    entries: dict[int, tuple[float, int]] = field(default_factory=dict)
    policy: str = "none"
    ttl_s: float = 1.0
    races_left: int = 0

    def empty(self, policy: str, ttl_s: float) -> None:
        self.entries, self.policy, self.ttl_s = {}, policy, ttl_s

    def write(self, key: int) -> int:
        self.rows[key] = self.rows.get(key, 1) + 1
        if self.policy == "invalidate" and key in self.entries:
            if self.races_left:
                self.races_left -= 1
            else:
                del self.entries[key]
        return self.rows[key]

    def read(self, key: int, now_ns: float) -> tuple[bool, int]:
        gone_ns, version = self.entries.get(key, (0.0, 0))
        if now_ns < gone_ns:
            return True, version
        jitter = self.truth.jitter_ratio
        life_s = self.ttl_s * self.truth.keeps_ratio * self.rng.uniform(1 - jitter, 1 + jitter)
        self.entries[key] = (now_ns + life_s * SECOND_NS, self.rows.get(key, 1))
        return False, self.rows.get(key, 1)


def write_freshness(folder: Path, truth: FreshTruth = FreshTruth()) -> Path:
    """Write the folder of a run that asked what freshness costs."""
    folder.mkdir(parents=True)
    entry = {**manifest(folder.name, (), []), "experiment": "freshness"}
    entry["parameters"]["popularity"] = {"kind": "trace" if truth.of_trace else "zipf", "exponent": 0.9}
    server = Server(truth=truth, rng=np.random.default_rng(4))
    frames: list[pd.DataFrame] = []
    cells: list[dict[str, Any]] = []
    for policy, ttl_s, write_rate_rps in truth.cells():
        server.empty(policy, ttl_s)
        cell = {
            "policy": policy, "ttl_s": ttl_s, "write_rate_rps": write_rate_rps, "warm_up_requests": 0,
            "first_leg": len(entry["legs"]), "legs": [],
        }  # fmt: skip
        spans_s = [ttl_s * truth.warm_up_ttls, *[max(truth.leg_s, ttl_s)] * truth.legs]
        for phase, span_s in zip(["warmup", *["freshness"] * truth.legs], spans_s, strict=True):
            block = None if phase == "warmup" else sum(len(each["legs"]) for each in [*cells, cell])
            server.races_left = truth.races if phase == "freshness" else 0
            frame = _send(server, write_rate_rps, span_s, entry["legs"], block)
            frames.append(frame)
            reads = int((frame["operation"] == "user").sum())
            if phase == "warmup":
                cell["warm_up_requests"] = reads
            else:
                cell["legs"].append(len(entry["legs"]) - 1)
        cells.append(cell)
    entry["freshness"] = [_plan(truth, cells)]
    rows = pd.concat(frames, ignore_index=True)
    write_samples(folder, rows if truth.versions else rows.drop(columns="version"))
    write_manifest(folder, entry)
    return folder


def _send(
    server: Server, write_rate_rps: float, span_s: float, legs: list[dict[str, Any]], block: int | None
) -> pd.DataFrame:
    """Send a leg's traffic, write its entry, and return its rows."""
    started_ns = legs[-1]["ended_ns"] + GAP_NS if legs else SECOND_NS
    span_ns = round(span_s * SECOND_NS)
    truth, rng = server.truth, server.rng
    reads, writes = (_arrivals(truth, rng, rate_rps, span_s) for rate_rps in (truth.read_rate_rps, write_rate_rps))
    events = [(sent_ns + ASKED_NS, True, key) for sent_ns, key in reads]
    events += [(sent_ns + COMMITTED_NS, False, key) for sent_ns, key in writes]
    rows = []
    for at_ns, is_read, key in sorted(events):
        now_ns = started_ns + at_ns
        if is_read:
            hit, version = server.read(key, now_ns)
            sent_ns, takes_ns = now_ns - ASKED_NS, HIT_NS if hit else MISS_NS
            rows.append(("user", "hit" if hit else "miss", key, sent_ns, sent_ns + takes_ns, version))
        else:
            sent_ns = now_ns - COMMITTED_NS - truth.writer_behind_ns
            rows.append(("write", "unknown", key, sent_ns, sent_ns + WRITTEN_NS, server.write(key)))
    columns = ["operation", "outcome", "key", "sent_ns", "done_ns", "version"]
    frame = pd.DataFrame(rows, columns=columns).astype({"done_ns": "Int64", "version": "Int64"})
    lost = frame.index[frame["operation"] == "write"][: truth.failed_writes if block is None else 0]
    frame.loc[lost, ["outcome", "done_ns", "version"]] = ["timeout", pd.NA, pd.NA]
    frame = frame.assign(
        arm="cached", status=200, intended_ns=frame["sent_ns"], leg=len(legs), block=block,
        phase="warmup" if block is None else "freshness",
    )  # fmt: skip
    legs.append(_leg(server, frame, write_rate_rps, (started_ns, started_ns + span_ns), block))
    return frame


def _arrivals(
    truth: FreshTruth, rng: np.random.Generator, rate_rps: float, span_s: float
) -> list[tuple[int, int]]:
    times_s = np.sort(rng.uniform(0, span_s, rng.poisson(rate_rps * span_s)))
    weights = np.arange(1, truth.keys + 1) ** -0.9
    keys = rng.choice(truth.keys, size=times_s.size, p=weights / weights.sum())
    return list(zip((times_s * SECOND_NS).astype(int).tolist(), keys.tolist(), strict=True))


def _leg(
    server: Server, frame: pd.DataFrame, write_rate_rps: float, span_ns: tuple[int, int], block: int | None
) -> dict[str, Any]:
    hits, misses = (int((frame["outcome"] == each).sum()) for each in ("hit", "miss"))
    writes = int((frame["operation"] == "write").sum())
    deletions = writes if server.policy == "invalidate" else 0
    commands = {"get": hits + misses, "set": misses, "del": deletions}
    if block is not None and block % server.truth.legs == 0:
        commands["del"] += server.truth.foreign_deletions
    return {
        "leg": int(frame["leg"].iloc[0]),
        "operation": "user",
        "phase": str(frame["phase"].iloc[0]),
        "arm": "cached",
        "treatment": "cached",
        "block": block,
        "position": 0,
        "started_ns": span_ns[0],
        "ended_ns": span_ns[1],
        "offered_rate_rps": server.truth.read_rate_rps,
        "requests": hits + misses,
        "write_rate_rps": write_rate_rps,
        "writes": writes,
        "counters": {
            "redis": {"keyspace_hits": hits, "keyspace_misses": misses, "evicted_keys": 0, "commands": commands},
            "postgresql": {"calls": misses, "write_calls": writes},
        },
    }


def _plan(truth: FreshTruth, cells: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "operation": "user",
        "route": "GET /user/<name>",
        "working_set_keys": truth.keys,
        "trace_share_ratio": 1.0 if truth.of_trace else None,
        "offered_rate_rps": truth.read_rate_rps,
        "ttl_jitter_ratio": truth.jitter_ratio,
        "cells": cells,
    }
