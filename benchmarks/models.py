"""Time the closed-form models: one capacity of a Zipf popularity over many keys, each model by itself.

    python benchmarks/models.py [--keys N] [--exponent S] [--capacity-ratio R] [--rounds N] [--json]

Every model is called as the rest of the lab would call it, from the vector of all keys to the hit ratio: checking,
grouping and solving are in its time, making the vector is not. The best of the rounds is what the model takes, the
median what it took here.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

# A file beside this one is called like a package: `import services` must not find the file.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import click
import numpy as np

from analysis.intervals import Values
from analysis.prediction import database_load, lru, perfect_lfu, random_replacement, ttl, ttl_and_size
from analysis.prediction.popularity import zipf
from analysis.prediction.turnover import redis_lru_hit_ratio, turnover_s

TARGET_S = 1.0
RATE_RPS = 4_000.0
TURNOVERS_A_TTL = 12

Model = Callable[[Values], float]
"""A hit ratio from a popularity; the capacity is bound to it."""


def models(popularity: Values, writes: Values, capacity_keys: float) -> dict[str, Model]:
    """Return what is timed, by name; entries live for some turnovers, where both limits together are dearest.

    ``writes`` is the popularity of writes where they have one of their own.
    """
    ttl_s = TURNOVERS_A_TTL * turnover_s(popularity, capacity_keys, RATE_RPS)
    return {
        "LRU": partial(lru.hit_ratio, capacity_keys=capacity_keys),
        "random or FIFO": partial(random_replacement.hit_ratio, capacity_keys=capacity_keys),
        "perfect LFU": partial(perfect_lfu.hit_ratio, capacity_keys=capacity_keys),
        "TTL from the fill": partial(ttl.hit_ratio, rate_rps=RATE_RPS, ttl_s=ttl_s),
        "TTL and LRU": partial(
            ttl_and_size.lru_hit_ratio, capacity_keys=capacity_keys, rate_rps=RATE_RPS, ttl_s=ttl_s
        ),
        "TTL and random": partial(
            ttl_and_size.random_hit_ratio, capacity_keys=capacity_keys, rate_rps=RATE_RPS, ttl_s=ttl_s
        ),
        "LRU under writes": partial(
            database_load.hit_ratio_under_writes, writes_a_read=0.1, capacity_keys=capacity_keys
        ),
        "LRU under writes of their own": partial(
            database_load.hit_ratio_under_writes,
            writes_a_read=0.1,
            write_popularity=writes,
            capacity_keys=capacity_keys,
        ),
        "Redis's LRU, turnover of ticks": partial(
            redis_lru_hit_ratio, capacity_keys=capacity_keys, rate_rps=capacity_keys / 4
        ),
        "Redis's LRU, turnover within one": partial(
            redis_lru_hit_ratio, capacity_keys=capacity_keys, rate_rps=capacity_keys * 10
        ),
    }


def run(keys: int, exponent: float, capacity_ratio: float, rounds: int) -> dict[str, Any]:
    """Time everything and return the results."""
    started_s = time.perf_counter()
    popularity = zipf(keys, exponent)
    made_s = time.perf_counter() - started_s
    unsorted = np.random.default_rng(1).permutation(popularity)
    capacity_keys = capacity_ratio * keys
    # Writes that have nothing to do with the reads: that leaves the most pairs of probabilities apart.
    bound = models(popularity, unsorted, capacity_keys)
    timed = {name: time_of(model, popularity, rounds) for name, model in bound.items()}
    timed["LRU, keys not sorted"] = time_of(partial(lru.hit_ratio, capacity_keys=capacity_keys), unsorted, rounds)
    return {
        "keys": keys,
        "exponent": exponent,
        "capacity_keys": capacity_keys,
        "rounds": rounds,
        "making_the_vector_s": made_s,
        "target_s": TARGET_S,
        "models": timed,
    }


def time_of(model: Model, popularity: Values, rounds: int) -> dict[str, float]:
    """Return what a model says and how long it took to, best and median."""
    times_s = []
    for _ in range(rounds):
        started_s = time.perf_counter()
        hit_ratio = model(popularity)
        times_s.append(time.perf_counter() - started_s)
    return {"hit_ratio": hit_ratio, "best_s": min(times_s), "median_s": statistics.median(times_s)}


def show(found: dict[str, Any]) -> None:
    """Print the results as a table."""
    print(
        f"\nZipf {found['exponent']:g} over {found['keys']:,} keys, {found['capacity_keys']:,.0f} held, "
        f"{found['rounds']} rounds\n"
    )
    print(f"{'model':34}{'hit ratio':>10}{'best':>10}{'median':>10}")
    for name, each in found["models"].items():
        print(f"{name:34}{each['hit_ratio']:>10.4f}{each['best_s']:>8.3f} s{each['median_s']:>8.3f} s")
    slowest = max(each["median_s"] for each in found["models"].values())
    print(f"\nmaking the vector {found['making_the_vector_s']:.2f} s, once; not in the times above")
    print(f"slowest median {slowest:.2f} s; to reach: under {found['target_s']:g} s")


@click.command()
@click.option(
    "--keys", type=click.IntRange(10), default=10_000_000, show_default=True, help="Keys of the popularity."
)
@click.option("--exponent", type=click.FloatRange(0, 5), default=0.99, show_default=True, help="Exponent of Zipf.")
@click.option(
    "--capacity-ratio",
    type=click.FloatRange(0.0001, 0.99),
    default=0.1,
    show_default=True,
    help="What the cache holds, as a share of the keys.",
)
@click.option("--rounds", type=click.IntRange(1), default=5, show_default=True, help="How often each is timed.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object on standard output, and nothing else."
)
def main(keys: int, exponent: float, capacity_ratio: float, rounds: int, as_json: bool) -> None:
    """Time the closed-form models over many keys."""
    found = run(keys, exponent, capacity_ratio, rounds)
    if as_json:
        print(json.dumps(found))
    else:
        show(found)


if __name__ == "__main__":
    main()
