"""Runs in which the lab looked at itself: both arms truly the same, or apart by a stated bias."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pyarrow import parquet

from tests.analysis.synthetic import (
    GAP_NS,
    SECOND_NS,
    manifest,
    read_manifest_entry,
    samples_table,
    write_manifest,
)


def write_bare_run(folder: Path, experiment: str) -> Path:
    """Write a run folder that compared nothing and holds nothing yet."""
    folder.mkdir(parents=True)
    write_manifest(folder, {**manifest(folder.name, (), []), "experiment": experiment})
    return folder


def add_calibration(folder: Path, *, blocks: int = 6, requests: int = 2_000, **truth: float) -> Path:
    """Add what a calibration leaves; ``truth`` as in :func:`_leg`, with ``bias_us`` for arm a alone."""
    entry = read_manifest_entry(folder)
    entry["calibration"] = {"rate_rps": 1_000.0, "blocks": blocks, "connections": 8}
    legs = _legs("calibrate", blocks, requests, seed=3, **{"mean_us": 80.0, "block_noise": 0.02, **truth})
    return _add(folder, entry, "calibration-0", legs)


def add_aa(
    folder: Path, *, repetitions: int = 20, blocks: int = 8, requests: int = 400, seed: int = 4, **truth: float
) -> Path:
    """Add what A/A repetitions leave; ``truth`` as in :func:`_leg`."""
    entry = read_manifest_entry(folder)
    entry["aa"] = {
        "operation": "user",
        "route": "GET /user/<name>",
        "treatment": "uncached",
        "repetitions": repetitions,
        "blocks": blocks,
        "offered_rate_rps": 1_000.0,
    }
    chosen = {"mean_us": 500.0, "block_noise": 0.10, **truth}
    return _add(folder, entry, "aa-0", _legs("aa", repetitions * blocks, requests, seed=seed, **chosen))


Leg = tuple[dict[str, Any], pd.DataFrame]


def _legs(phase: str, blocks: int, requests: int, *, seed: int, **truth: float) -> Iterator[Leg]:
    rng = np.random.default_rng(seed)
    block_noise, bias_us = truth.pop("block_noise"), truth.pop("bias_us", 0.0)
    start_ns = 10_000 * SECOND_NS
    for block in range(blocks):
        factor = float(np.exp(rng.normal(0.0, block_noise)))
        arms = ["a", "b"]
        rng.shuffle(arms)
        for position, arm in enumerate(arms):
            added_us = bias_us if arm == "a" else 0.0
            frame = _leg(rng, start_ns, requests, factor=factor, added_us=added_us, **truth)
            frame["arm"], frame["phase"], frame["block"] = arm, phase, block
            yield _entry(frame, position), frame
            start_ns = int(frame["intended_ns"].max()) + GAP_NS


def _leg(
    rng: np.random.Generator,
    start_ns: int,
    requests: int,
    *,
    factor: float,
    added_us: float,
    mean_us: float,
    lag_us: float = 40.0,
    arm_noise: float = 0.0,
) -> pd.DataFrame:
    """Draw the samples of a leg: gamma-distributed service times, and lags that are uniform up to ``lag_us``."""
    intended_ns = start_ns + np.cumsum(rng.exponential(SECOND_NS / 1_000.0, requests)).astype(int)
    own = factor * float(np.exp(rng.normal(0.0, arm_noise)))
    service_ns = ((own * rng.gamma(8.0, mean_us / 8.0, requests) + added_us) * 1e3).astype(int)
    sent_ns = intended_ns + (rng.random(requests) * lag_us * 1e3).astype(int)
    return pd.DataFrame(
        {
            "operation": "user",
            "outcome": "bypass",
            "key": rng.integers(0, 1_000, requests),
            "intended_ns": intended_ns,
            "sent_ns": sent_ns,
            "done_ns": sent_ns + service_ns,
            "status": 200,
        }
    )


def _entry(frame: pd.DataFrame, position: int) -> dict[str, Any]:
    return {
        "operation": "user",
        "phase": str(frame["phase"].iloc[0]),
        "arm": str(frame["arm"].iloc[0]),
        "treatment": "uncached",
        "block": int(frame["block"].iloc[0]),
        "position": position,
        "started_ns": int(frame["intended_ns"].min()),
        "ended_ns": int(frame["done_ns"].max()),
        "offered_rate_rps": 1_000.0,
        "requests": len(frame),
        "counters": None,
    }


def _add(folder: Path, entry: dict[str, Any], name: str, legs: Iterator[Leg]) -> Path:
    frames = []
    for leg, frame in legs:
        number = len(entry["legs"])
        entry["legs"].append({"leg": number, **leg})
        frame["leg"] = number
        frames.append(frame)
    write_manifest(folder, entry)
    (folder / "samples").mkdir(exist_ok=True)
    parquet.write_table(samples_table(pd.concat(frames)), folder / "samples" / f"{name}.parquet")
    return folder
