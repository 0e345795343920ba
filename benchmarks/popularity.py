"""How many keys a second each popularity draws, beside a plain binary search for the same Zipf law.

    python benchmarks/popularity.py [--json]

Asked for: ten million keys a second of every law. All of them draw the same number of keys in turns, in an order
drawn anew for each round; a speed is the median over rounds, of keys a second of this process's CPU time, so that
what other programs take does not count. Making a law's table is timed apart: it happens once a process.
"""

import json
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Protocol

# Run as a program, not as a module: the packages lie one folder up.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import click
import numpy as np

from loadtests.popularity import Popularity, parse_popularity
from loadtests.popularity.law import Ranks
from loadtests.popularity.zipf import Zipf

ASKED_FOR_PER_S = 10_000_000
LAWS = (
    "uniform",
    "zipf:0.99",
    "zipf:0.8",
    "ycsb-scrambled",
    "hotspot:0.2:0.8",
    "latest",
    "latest:0.99:50",
    "drift:0.99:10",
)
PEER = "binary search (zipf:0.99)"
TRACE_REQUESTS = 1_000_000


class Draws(Protocol):
    """What is timed."""

    def draw(self, count: int, start: int, random: np.random.Generator, /) -> Ranks:
        """Return `count` keys."""


class BinarySearch:
    """The peer: each uniform number looked up in the cumulative distribution."""

    def __init__(self, keys: int, exponent: float) -> None:
        self._cumulative = np.cumsum(Zipf(keys, exponent).probabilities())

    def draw(self, count: int, start: int, generator: np.random.Generator) -> Ranks:
        """Return `count` keys."""
        return np.searchsorted(self._cumulative, generator.random(count), side="right")


def run(keys: tuple[int, ...], draws: int, rounds: int, seed: int, folder: Path) -> dict[str, Any]:
    """Measure every law over each number of keys; return the figures as JSON values."""
    return {
        "asked_for_per_s": ASKED_FOR_PER_S,
        "draws": draws,
        "rounds": rounds,
        "speeds": [row for number in keys for row in _speeds(number, draws, rounds, seed, folder)],
    }


def _speeds(keys: int, draws: int, rounds: int, seed: int, folder: Path) -> list[dict[str, Any]]:
    trace = folder / f"{keys}.trace"
    np.random.default_rng(seed).integers(0, keys, TRACE_REQUESTS).astype("<u4").tofile(trace)
    spellings = {**{law: law for law in LAWS}, "trace": f"trace:{trace}"}
    ready: dict[str, tuple[Draws, float | None]] = {
        name: _made(spelling, keys) for name, spelling in spellings.items()
    }
    ready[PEER] = (BinarySearch(keys, 0.99), None)  # its table is that of the law it is set against
    per_s: dict[str, list[float]] = {name: [] for name in ready}
    order = random.Random(seed)
    for number in range(rounds):
        for name in order.sample(list(ready), len(ready)):
            generator = np.random.default_rng((seed, number))
            began_s = time.process_time()
            ready[name][0].draw(draws, number * draws, generator)
            per_s[name].append(draws / (time.process_time() - began_s))
    return [
        {
            "law": name,
            "keys": keys,
            "keys_per_s": statistics.median(found),
            "lowest_keys_per_s": min(found),
            "table_s": ready[name][1],
        }
        for name, found in per_s.items()
    ]


def _made(spelling: str, keys: int) -> tuple[Popularity, float]:
    """Return the law, and how long it took until it could draw."""
    began_s = time.process_time()
    popularity = parse_popularity(spelling, keys)
    popularity.draw(1, 0, np.random.default_rng(0))
    return popularity, time.process_time() - began_s


def show(found: dict[str, Any]) -> None:
    """Print the figures as a table."""
    print(f"\n{found['draws']:,} keys a draw, {found['rounds']} rounds; million keys a second of CPU time\n")
    print(f"{'law':28}{'of keys':>12}{'median':>9}{'lowest':>9}{'table':>10}")
    for row in found["speeds"]:
        table = "–" if row["table_s"] is None else f"{row['table_s']:.3f} s"
        print(
            f"{row['law']:28}{row['keys']:>12,}{row['keys_per_s'] / 1e6:>9.1f}"
            f"{row['lowest_keys_per_s'] / 1e6:>9.1f}{table:>10}"
        )
    laws = [row for row in found["speeds"] if row["law"] != PEER]
    slowest = min(laws, key=lambda row: row["keys_per_s"])
    print(
        f"\nSlowest law: {slowest['law']} over {slowest['keys']:,} keys, "
        f"{slowest['keys_per_s'] / 1e6:.1f} million a second; asked for: {found['asked_for_per_s'] / 1e6:.0f}."
    )


@click.command()
@click.option(
    "--keys", type=int, multiple=True, default=(10_000, 1_000_000), show_default=True, help="Working sets."
)
@click.option("--draws", type=int, default=10_000_000, show_default=True, help="Keys drawn at a time.")
@click.option("--rounds", type=int, default=5, show_default=True, help="Turns of each law.")
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of the keys and of the order.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object on standard output, and nothing else."
)
def main(keys: tuple[int, ...], draws: int, rounds: int, seed: int, as_json: bool) -> None:
    """Measure how fast each popularity draws keys: under a minute."""
    with tempfile.TemporaryDirectory(prefix="hit-or-miss-popularity-") as name:
        found = run(keys, draws, rounds, seed, Path(name))
    if as_json:
        print(json.dumps(found))
    else:
        show(found)


if __name__ == "__main__":
    main()
