"""Run folders of known truth: a true speed-up, hit ratio and drift, written as the lab writes a real run."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

STAGES = ("connected_ns", "redis_ns", "db_ns", "render_ns", "app_ns", "app_started_ns")
SECOND_NS = 1_000_000_000
GAP_NS = SECOND_NS // 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What is true of one read; times are means, in ms, of gamma-distributed response times."""

    operation: str = "similar"
    route: str = "GET /user/<name>/similar"
    hit_ms: float = 0.4
    uncached_ms: float = 4.0
    miss_overhead_ms: float = 0.3
    hit_ratio: float = 0.6
    blocks: int = 8
    requests: int = 500
    rate_rps: float = 250.0
    block_noise: float = 0.03
    """Standard deviation of the log of a factor that both arms of a block share."""
    hit_ratio_drift: float = 0.0
    """How much the hit ratio rises from the first block to the last."""
    warm_up_legs: int = 3
    settled: bool = True
    capacity_rps: float = 500.0
    lag_ms: float = 0.05
    price_ms: float | None = None
    """PostgreSQL's time for a call; a tenth less than the uncached response time where not given."""

    @property
    def call_ms(self) -> float:
        return 0.9 * self.uncached_ms if self.price_ms is None else self.price_ms

    @property
    def speed_up(self) -> float:
        miss_ms = self.uncached_ms + self.miss_overhead_ms
        return self.uncached_ms / (self.hit_ratio * self.hit_ms + (1 - self.hit_ratio) * miss_ms)


POINT_READ = Truth(
    operation="user",
    route="GET /user/<name>",
    hit_ms=0.55,
    uncached_ms=0.58,
    miss_overhead_ms=0.2,
    hit_ratio=0.66,
    rate_rps=3_000.0,
    requests=6_000,
    capacity_rps=6_100.0,
    price_ms=0.052,
)
ACTIVITY = Truth(
    operation="activity",
    route="GET /user/<name>/activity",
    hit_ms=0.6,
    uncached_ms=1.6,
    hit_ratio=0.7,
    rate_rps=1_000.0,
    requests=2_000,
    capacity_rps=2_000.0,
    price_ms=0.9,
)
SIMILAR = Truth(hit_ms=0.7, uncached_ms=15.0, hit_ratio=0.72, rate_rps=60.0, requests=240, capacity_rps=120.0)
THREE_READS = (POINT_READ, ACTIVITY, SIMILAR)


@dataclass(slots=True)
class Writer:
    """Lays legs end to end on one clock, and keeps the rows and the entries of run.json."""

    rng: np.random.Generator
    clock_ns: int = 0
    frames: list[pd.DataFrame] = field(default_factory=list)
    legs: list[dict[str, Any]] = field(default_factory=list)

    def add(
        self, truth: Truth, phase: str, arm: str, block: int | None, position: int | None, **levels: float
    ) -> None:
        number = len(self.legs)
        frame = self._samples(truth, arm, levels["hit_ratio"], levels["factor"])
        frame["leg"], frame["phase"], frame["block"] = number, phase, block
        self.frames.append(frame)
        ended_ns = int(frame["intended_ns"].max())
        self.legs.append(
            {
                "leg": number,
                "operation": truth.operation,
                "phase": phase,
                "arm": arm,
                "block": block,
                "position": position,
                "started_ns": self.clock_ns,
                "ended_ns": ended_ns,
                "offered_rate_rps": truth.rate_rps,
                "requests": len(frame),
                "counters": _counters(truth, arm, frame["outcome"], (ended_ns - self.clock_ns) / SECOND_NS),
                "treatment": arm,
                "workers": [_worker((ended_ns - self.clock_ns) / SECOND_NS)],
                "lost_workers": 0,
            }
        )
        self.clock_ns = ended_ns + GAP_NS

    def _samples(self, truth: Truth, arm: str, hit_ratio: float, factor: float) -> pd.DataFrame:
        size = truth.requests
        gaps_ns = self.rng.exponential(SECOND_NS / truth.rate_rps, size)
        intended_ns = self.clock_ns + np.cumsum(gaps_ns).astype(int)
        hit = self.rng.random(size) < hit_ratio
        outcome = np.where(hit, "hit", "miss") if arm == "cached" else np.full(size, "bypass")
        miss_ms = truth.uncached_ms + truth.miss_overhead_ms
        cached_ms = np.where(hit, truth.hit_ms, miss_ms)
        mean_ms = cached_ms if arm == "cached" else np.full(size, truth.uncached_ms)
        response_ms = factor * self.rng.gamma(8.0, mean_ms / 8.0)
        lag_ns = (self.rng.random(size) * truth.lag_ms * 1e6).astype(int)
        done_ns = intended_ns + lag_ns + (response_ms * 1e6).astype(int)
        return pd.DataFrame(
            {
                "operation": truth.operation,
                "arm": arm,
                "outcome": outcome,
                "key": self.rng.integers(0, 1_000, size),
                "intended_ns": intended_ns,
                "sent_ns": intended_ns + lag_ns,
                "done_ns": done_ns,
                "status": 200,
                **_stages(arm, hit, intended_ns + lag_ns, done_ns),
            }
        )


def _stages(arm: str, hit: Any, sent_ns: Any, done_ns: Any) -> dict[str, Any]:
    """Divide what passes at the service: a fifth before it, a tenth after; in it, half the time is the query."""
    passed_ns = done_ns - sent_ns
    app_ns = passed_ns * 7 // 10_000 * 1000
    stages = {
        "app_ns": app_ns,
        "app_started_ns": sent_ns + passed_ns // 5,
        "redis_ns": np.where(arm == "cached", app_ns // 5_000 * 1000, -1),
        "db_ns": np.where((arm == "cached") & hit, -1, app_ns // 2_000 * 1000),
        "render_ns": app_ns // 10_000 * 1000,
    }
    return {name: pd.Series(column, dtype="Int64").replace(-1, pd.NA) for name, column in stages.items()}


def _counters(truth: Truth, arm: str, outcome: "pd.Series[str]", seconds: float) -> dict[str, Any]:
    calls = int((outcome != "hit").sum())
    hits, misses = (int((outcome == word).sum()) for word in ("hit", "miss"))
    size = len(outcome)
    return {
        "redis": {
            "keyspace_hits": hits,
            "keyspace_misses": misses,
            "evicted_keys": misses if arm == "cached" else 0,
            "expired_keys": 0,
            "rejected_connections": 0,
            "total_forks": 0,
            "used_memory_bytes": 1_830_000,
            "maxmemory_bytes": 1_834_567,
            "commands": {"get": hits + misses, "set": misses, "ping": 2, "client|setinfo": 1} if hits else {},
        },
        "postgresql": {
            "calls": calls,
            "exec_time_ms": calls * truth.call_ms,
            "other_calls": 2,
            "other_exec_time_ms": 0.2,
            "blocks_hit": 40 * calls,
            "blocks_read": 0,
            "checkpoints": 0,
            "autovacuums": 0,
            "connections": 12,
            "connections_limit": 64,
        },
        "cpu_s": {
            "postgresql": calls * truth.call_ms / 1000,
            "redis": 2e-5 * size,
            "data-service": 2e-4 * size,
            "user-service": 0.0,
            "generator": 3e-5 * size,
            "host": None,
        },
        "host": {
            "seconds": seconds,
            "cores": 2,
            "busy_s": 1.5 * seconds,
            "steal_s": 0.01 * seconds,
            "pressure_s": 0.6 * seconds,
            "throttled_s": 0.0,
            "swapped_pages": 0,
            "foreign_cpu_s": 0.05 * seconds,
            "governor": "performance",
            "cores_by_role": {"generator": [0, 1], "data-service": [0, 1], "postgresql": [0, 1], "redis": [1]},
        },
    }


def _worker(seconds: float) -> dict[str, Any]:
    return {
        "worker": 0,
        "cpu_s": 0.4 * seconds,
        "run_delay_s": 0.12 * seconds,
        "gc_pause_s": 0.0,
        "gc_collections": 0,
        "open_files": 70,
        "open_files_limit": 1_024,
        "connects": 0,
        "cores": [0, 1],
    }


def write_run(folder: Path, truths: Iterable[Truth] = (Truth(),), seed: int = 1, **changes: Any) -> Path:
    """Write a run folder and return it; ``changes`` replace fields of every read's truth."""
    chosen = tuple(replace(truth, **changes) for truth in truths)
    writer = Writer(rng=np.random.default_rng(seed))
    for truth in chosen:
        _warm_up(writer, truth)
        _measure(writer, truth)
    folder.mkdir(parents=True, exist_ok=True)
    write_samples(folder, pd.concat(writer.frames, ignore_index=True))
    write_manifest(folder, manifest(folder.name, chosen, writer.legs))
    return folder


def _warm_up(writer: Writer, truth: Truth) -> None:
    for leg in range(truth.warm_up_legs):
        reached = truth.hit_ratio * (leg + 1) / truth.warm_up_legs
        writer.add(truth, "warmup", "cached", None, None, hit_ratio=reached, factor=1.0)


def _measure(writer: Writer, truth: Truth) -> None:
    for block in range(truth.blocks):
        factor = float(np.exp(writer.rng.normal(0.0, truth.block_noise)))
        hit_ratio = truth.hit_ratio + truth.hit_ratio_drift * block / max(1, truth.blocks - 1)
        arms = ["cached", "uncached"]
        writer.rng.shuffle(arms)
        for position, arm in enumerate(arms):
            writer.add(truth, "measure", arm, block, position, hit_ratio=hit_ratio, factor=factor)


def write_manifest(folder: Path, entry: dict[str, Any]) -> None:
    (folder / "run.json").write_text(json.dumps(entry), encoding="utf-8")


def read_manifest_entry(folder: Path) -> dict[str, Any]:
    entry: dict[str, Any] = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    return entry


def write_samples(folder: Path, frame: pd.DataFrame) -> None:
    """Write the rows as two workers would: in two files, in the lab's own types."""
    place = folder / "samples"
    place.mkdir(exist_ok=True)
    for worker in range(2):
        part = frame.iloc[worker::2]
        parquet.write_table(samples_table(part), place / f"worker-{worker}.parquet")


def read_rows(folder: Path) -> pd.DataFrame:
    files = sorted((folder / "samples").glob("*.parquet"))
    return pd.concat([pd.read_parquet(file) for file in files], ignore_index=True)


def samples_table(frame: pd.DataFrame) -> pa.Table:
    word, whole = pa.dictionary(pa.int8(), pa.string()), pa.int64()
    kinds = {
        "leg": pa.int16(),
        "operation": word,
        "arm": word,
        "phase": word,
        "block": pa.int16(),
        "key": pa.int32(),
        "intended_ns": whole,
        "sent_ns": whole,
        "done_ns": whole,
        "status": pa.int16(),
        "outcome": word,
        **dict.fromkeys(STAGES, whole),
        "version": pa.int32(),
    }
    frame = frame.assign(**{name: frame.get(name) for name in (*STAGES, "version")})
    columns = {name: pa.array(frame[name], from_pandas=True).cast(kind) for name, kind in kinds.items()}
    return pa.table(columns)


def manifest(run_id: str, truths: Iterable[Truth], legs: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "schema": 1,
        "experiment": "compare",
        "run_id": run_id,
        "profile": "quick",
        "started_at": "2026-11-22T14:03:11Z",
        "finished_at": "2026-11-22T14:05:40Z",
        "lab_version": "0.1.0",
        "seed": 1,
        "command": "lab bench --profile quick",
        "parameters": {
            "blocks": max((truth.blocks for truth in truths), default=0),
            "connections": 16,
            "ttl_s": 300.0,
            "ttl_jitter_ratio": 0.1,
            "arrivals": "poisson",
            "popularity": {"kind": "zipf", "exponent": 0.99},
        },
        "stack": {
            "kind": "embedded",
            "servers": [
                {"role": "postgresql", "name": "PostgreSQL", "version": "18.6"},
                {"role": "redis", "name": "Valkey", "version": "9.1.2"},
                {
                    "role": "data-service",
                    "name": "granian",
                    "version": "2.8.7",
                    "detail": "2 workers of 4 threads",
                },
            ],
        },
        "machine": {
            "cpu": "Intel(R) Xeon(R) Processor @ 2.60GHz",
            "cores": 2,
            "memory_bytes": 25_000_000_000,
            "system": "Linux 6.1",
            "python": "3.11.7",
        },
        "dataset": {"users": 20_000, "events": 1_000_000, "items": 20_000, "item_exponent": 0.6, "seed": 1},
        "reads": [_read(truth) for truth in truths],
        "legs": legs,
    }


def _read(truth: Truth) -> dict[str, Any]:
    return {
        "operation": truth.operation,
        "route": truth.route,
        "working_set_keys": 10_000,
        "trace_share_ratio": None,
        "cache_entries_planned": 1_000,
        "cache_entries_held": 1_012,
        "entry_bytes": 310.5,
        "maxmemory_bytes": 1_834_567,
        "ramp": [
            {"connections": connections, "achieved_rps": truth.capacity_rps * share}
            for connections, share in ((1, 0.35), (2, 0.6), (4, 0.85), (8, 0.97), (16, 1.0))
        ],
        "capacity_rps": truth.capacity_rps,
        "offered_rate_rps": truth.rate_rps,
        "warm_up": {
            "settled": truth.settled,
            "settled_after_s": (truth.warm_up_legs * truth.requests / truth.rate_rps if truth.settled else None),
            "windows": [{"leg": 0, "hit_ratio": 0.41, "count": 1_500}],
        },
    }
