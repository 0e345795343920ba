"""Measure a real Valkey's hit ratio under each eviction policy, and compare the lab's replay with it.

A look-aside client asks for keys of Zipf popularity over one connection, without pipelining, and sets what was
missing. Every case starts from the keys that an LRU cache would hold, sets `maxmemory` to what the server uses
then, leaves the first third of the requests uncounted, and reads DBSIZE a hundred times while it counts. The
replay gets the same requests at the rate that was reached, and the mean of those readings as its capacity.

    python benchmarks/eviction.py [--json]

Slow cases run side by side, each with a server of its own; those at full speed one by one. All on loopback.
"""

import json
import random
import socket
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

# A file beside this one is called like the package it measures: `import services` must not find the file.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import click
import numpy as np
import numpy.typing as npt
import redis

from analysis.prediction.eviction_settings import POLICIES, EvictionPolicy, EvictionSettings, Sampling
from analysis.prediction.sampled_eviction import replay
from analysis.prediction.stack_distance import lru_curve
from lab.experiments.cache_size import CacheSize
from lab.stacks.ports import LOOPBACK, free_port
from lab.stacks.redis import RedisServer
from loadtests.popularity.zipf import Zipf

Keys = npt.NDArray[np.int64]

EXPONENTS = (0.8, 0.99)
KEYS = (10_000, 20_000)
SHARES = (0.05, 0.1, 0.2, 0.5)
TTL_S, TTL_JITTER_RATIO = 60.0, 0.1  # longer than a case: volatile-ttl is to evict, not to expire
SHORT_TTLS_S = (1.0, 5.0)  # and cases in which entries do expire
VALUE = b"v" * 1_000  # small entries would let the buffers of a connection be many of them
HISTORY_REQUESTS_A_KEY = 20
UNCOUNTED_SHARE = 1 / 3
READINGS = 100
REPLAYS = 5
SIDE_BY_SIDE = 4
TARGET_POINTS = 1.5
SAMPLINGS: tuple[Sampling, Sampling] = ("buckets", "uniform")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is asked of which cache; a rate of None is as fast as one connection goes."""

    policy: EvictionPolicy
    exponent: float
    keys: int
    share: float
    rate_rps: float | None
    ttl_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What the server did with the requests that were counted, and when it was asked (Unix time)."""

    hits: int
    failures: int
    evictions: int
    held_keys: float
    filled_s: tuple[float, float]
    asked_s: tuple[float, float]


# The client


class LookAside:
    """One connection to the server: gets, sets what was missing, and counts."""

    def __init__(self, url: str, case: Case, seed: int) -> None:
        address = urllib.parse.urlsplit(url)
        self._socket = socket.create_connection((LOOPBACK, address.port or 0), timeout=10)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        names = [b"user:%06d" % key for key in range(case.keys)]
        self._gets = [command(b"GET", name) for name in names]
        self._names = names
        self._sets = [command(b"SET", name, VALUE) for name in names] if case.ttl_s is None else None
        self._ttl_ms = (case.ttl_s or 0) * 1000
        self._random = random.Random(seed)
        self._ask(command(b"AUTH", (address.password or "").encode()), b"+OK")
        self.hits = self.failures = 0

    def request(self, key: int) -> None:
        """Get a key, and set it if it is not there."""
        if self._ask(self._gets[key], b"$") != b"$-1\r\n":
            self.hits += 1
            return
        if self._sets is not None:
            set_it = self._sets[key]
        else:
            spread = self._random.uniform(1 - TTL_JITTER_RATIO, 1 + TTL_JITTER_RATIO)
            set_it = command(b"SET", self._names[key], VALUE, b"PX", b"%d" % max(1, round(self._ttl_ms * spread)))
        if self._ask(set_it, b"+OK", b"-OOM").startswith(b"-"):
            self.failures += 1

    def held(self) -> int:
        """Return how many keys there are."""
        return int(self._ask(command(b"DBSIZE"), b":")[1:])

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def _ask(self, line: bytes, *expected: bytes) -> bytes:
        self._socket.sendall(line)
        answer = self._socket.recv(4096)
        whole = len(VALUE) + len(b"$%d\r\n\r\n" % len(VALUE)) if answer.startswith(b"$1") else 0
        while len(answer) < whole or not answer.endswith(b"\r\n"):
            answer += self._socket.recv(4096)
        if not answer.startswith(expected):
            raise click.ClickException(f"the server answered {answer[:80]!r}")
        return answer


def command(*words: bytes) -> bytes:
    """Return a command in the protocol's form."""
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in words)


# A case


def draw(case: Case, requests: int, seed: int) -> tuple[Keys, Keys]:
    """Return the keys that fill the cache, least recent first, and the requests."""
    rng = np.random.default_rng(seed)
    popularity = Zipf(case.keys, case.exponent)
    past = popularity.draw(HISTORY_REQUESTS_A_KEY * case.keys, 0, rng)[::-1]
    distinct, last = np.unique(past, return_index=True)
    recent = distinct[np.argsort(last)][: capacity(case)]
    return recent[::-1], popularity.draw(requests, 0, rng)


def capacity(case: Case) -> int:
    """Return how many keys the cache is to hold, about."""
    return round(case.keys * case.share)


def measure(case: Case, fill: Keys, requests: Keys, seed: int) -> Measured:
    """Ask a server of its own; it is gone at the end."""
    with running_server() as server, redis.Redis.from_url(server.url) as admin:
        admin.config_set("maxmemory-policy", case.policy)
        CacheSize(entries=capacity(case), client=admin).empty()
        client = LookAside(server.url, case, seed)
        try:
            filled_s = ask(client, fill.tolist(), None)
            admin.config_set("maxmemory", admin.info("memory")["used_memory"])
            return count(client, admin, requests.tolist(), case.rate_rps, filled_s)
        finally:
            client.close()


def count(
    client: LookAside,
    admin: redis.Redis,
    requests: list[int],
    rate_rps: float | None,
    filled_s: tuple[float, float],
) -> Measured:
    """Ask for all of the requests; count all but the first third."""
    uncounted = uncounted_requests(len(requests))
    began_s, _ = ask(client, requests[:uncounted], rate_rps)
    client.hits = client.failures = 0
    evicted, held = evictions(admin), []
    parts = np.array_split(np.arange(uncounted, len(requests)), READINGS)
    for part in parts:
        _, ended_s = ask(client, requests[part[0] : part[-1] + 1], rate_rps)
        held.append(client.held())
    return Measured(
        hits=client.hits,
        failures=client.failures,
        evictions=evictions(admin) - evicted,
        held_keys=float(np.mean(held)),
        filled_s=filled_s,
        asked_s=(began_s, ended_s),
    )


def ask(client: LookAside, keys: list[int], rate_rps: float | None) -> tuple[float, float]:
    """Ask at a steady rate, or as fast as it goes; return when it began and ended."""
    began_s = time.time()
    for number, key in enumerate(keys):
        if rate_rps is not None:
            early_s = began_s + number / rate_rps - time.time()
            if early_s > 0:
                time.sleep(early_s)
        client.request(key)
    return began_s, time.time()


def uncounted_requests(requests: int) -> int:
    """Return how many requests of a case are warm-up."""
    return round(requests * UNCOUNTED_SHARE)


def evictions(admin: redis.Redis) -> int:
    """Return how many keys the server has evicted so far."""
    return int(admin.info("stats")["evicted_keys"])


@contextmanager
def running_server() -> Iterator[RedisServer]:
    """Start a server; stop it at the end."""
    with tempfile.TemporaryDirectory(prefix="hit-or-miss-benchmark-") as directory:
        server = RedisServer(Path(directory), free_port())
        try:
            server.start()
            yield server
        finally:
            server.process.stop()


def predict(case: Case, fill: Keys, requests: Keys, measured: Measured) -> dict[str, float]:
    """Return the hit ratios of the replay, of one that draws keys alike, and of exact LRU as in textbooks."""
    keys = np.concatenate([fill, requests])
    skip = fill.size + uncounted_requests(requests.size)
    rate_rps = requests.size / (measured.asked_s[1] - measured.asked_s[0])
    settings = EvictionSettings(
        policy=case.policy,
        # What expires before the cache is full leaves no trace of how much it could hold.
        capacity_keys=round(measured.held_keys) if measured.evictions or not case.ttl_s else capacity(case),
        rate_rps=rate_rps,
        ttl_s=case.ttl_s,
        ttl_jitter_ratio=TTL_JITTER_RATIO if case.ttl_s else 0.0,
        start_s=measured.filled_s[0],
    )
    arrivals_s = np.concatenate(
        [
            np.linspace(*measured.filled_s, fill.size) - measured.filled_s[0],
            measured.asked_s[0] - measured.filled_s[0] + np.arange(requests.size) / rate_rps,
        ]
    )
    replays, alike = (
        [
            replay(keys, replace(settings, sampling=sampling), seed, skip=skip, arrivals_s=arrivals_s)
            for seed in range(REPLAYS)
        ]
        for sampling in SAMPLINGS
    )
    return {
        "predicted": float(np.mean([each.hit_ratio for each in replays])),
        "predicted_spread": float(np.std([each.hit_ratio for each in replays], ddof=1)),
        "predicted_evictions": float(np.mean([each.evictions for each in replays])),
        "predicted_uniform": float(np.mean([each.hit_ratio for each in alike])),
        "exact_lru": float(lru_curve(keys, skip=skip).hit_ratio(measured.held_keys)),
        "rate_reached_rps": rate_rps,
    }


def run_case(case: Case, requests: int, seed: int) -> dict[str, Any]:
    """Measure and predict one case."""
    fill, keys = draw(case, requests, seed)
    measured = measure(case, fill, keys, seed)
    counted = keys.size - uncounted_requests(keys.size)
    hit_ratio = measured.hits / counted
    predicted = predict(case, fill, keys, measured)
    misses_rps = (1 - hit_ratio) * predicted["rate_reached_rps"]
    found = {
        **asdict(case),
        **predicted,
        "measured": hit_ratio,
        "difference_points": 100 * (predicted["predicted"] - hit_ratio),
        "requests_counted": counted,
        "held_keys": measured.held_keys,
        "turnover_s": measured.held_keys / misses_rps if misses_rps else None,
        "evictions": measured.evictions,
        "failures": measured.failures,
    }
    click.echo(row(found), err=True)
    return found


# All of them


def cases(policies: tuple[EvictionPolicy, ...], rate_rps: float | None) -> Iterator[Case]:
    """Return the cases at one rate."""
    for policy in policies:
        ttl_s = TTL_S if policy == "volatile-ttl" else None
        for exponent in EXPONENTS:
            for keys in KEYS:
                for share in SHARES:
                    yield Case(
                        policy=policy, exponent=exponent, keys=keys, share=share, rate_rps=rate_rps, ttl_s=ttl_s
                    )
    if "allkeys-lru" in policies:
        for ttl_s in SHORT_TTLS_S:
            yield Case(policy="allkeys-lru", exponent=0.99, keys=10_000, share=0.2, rate_rps=rate_rps, ttl_s=ttl_s)


def run(
    policies: tuple[EvictionPolicy, ...],
    rates_rps: list[float | None],
    seconds: float,
    requests: int,
) -> dict[str, Any]:
    """Measure everything and return the results."""
    found = []
    for rate_rps in rates_rps:
        size = requests if rate_rps is None else round(rate_rps * seconds)
        with ThreadPoolExecutor(1 if rate_rps is None else SIDE_BY_SIDE) as threads:
            asked = [
                threads.submit(run_case, case, size, seed) for seed, case in enumerate(cases(policies, rate_rps))
            ]
            found += [each.result() for each in asked]
    worst = max(abs(each["difference_points"]) for each in found)
    beyond = sum(abs(each["difference_points"]) > TARGET_POINTS for each in found)
    return {
        "cases": found,
        "worst_points": worst,
        "cases_beyond_target": beyond,
        "target_points": TARGET_POINTS,
    }


HEADER = (
    f"{'policy':15} {'Zipf':>4} {'keys':>6} {'share':>5} {'TTL s':>5} {'asked a s':>9} {'turnover s':>10} "
    f"{'held':>8} {'measured':>8} {'replay':>7} {'points':>7} {'uniform':>8} {'exact LRU':>9}"
)


def row(found: dict[str, Any]) -> str:
    """Return one case as a line."""
    turnover = "-" if found["turnover_s"] is None else f"{found['turnover_s']:.2f}"
    return (
        f"{found['policy']:15} {found['exponent']:4} {found['keys']:6} {found['share']:5.0%} "
        f"{found['ttl_s'] or '-':>5} {found['rate_reached_rps']:9,.0f} {turnover:>10} {found['held_keys']:8.1f} "
        f"{found['measured']:8.4f} {found['predicted']:7.4f} {found['difference_points']:+7.2f} "
        f"{found['predicted_uniform']:8.4f} {found['exact_lru']:9.4f}"
    )


def show(found: dict[str, Any]) -> None:
    """Print the results as a table."""
    print(f"\nA real server, the replay, the replay with keys drawn uniformly, and exact LRU\n\n{HEADER}")
    for case in found["cases"]:
        print(row(case))
    print(
        f"\n{len(found['cases'])} cases; worst difference {found['worst_points']:.2f} points; "
        f"{found['cases_beyond_target']} beyond the {found['target_points']:g} to reach"
    )


def parse_rates(_context: click.Context, _parameter: click.Parameter, text: str) -> list[float | None]:
    """Read rates such as `1000,flat`."""
    try:
        rates = [None if word.strip() == "flat" else float(word) for word in text.split(",")]
    except ValueError as error:
        raise click.BadParameter("give requests a second, or flat, separated by commas") from error
    if any(rate is not None and not 1 <= rate <= 100_000 for rate in rates):
        raise click.BadParameter("a rate is from 1 to 100,000 requests a second")
    return rates


@click.command()
@click.option(
    "--policy",
    "policies",
    type=click.Choice(POLICIES),
    multiple=True,
    default=POLICIES,
    show_default="all",
    help="A policy to measure; may be given again.",
)
@click.option(
    "--rates",
    default="1000,flat",
    show_default=True,
    callback=parse_rates,
    help="Requests a second, separated by commas; flat is as fast as one connection goes.",
)
@click.option(
    "--seconds", type=click.FloatRange(1, 120), default=20, show_default=True, help="Length of a case at a rate."
)
@click.option(
    "--requests",
    type=click.IntRange(1_000, 10_000_000),
    default=150_000,
    show_default=True,
    help="Requests of a case at full speed.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object on standard output, and nothing else."
)
def main(
    policies: tuple[EvictionPolicy, ...],
    rates: list[float | None],
    seconds: float,
    requests: int,
    as_json: bool,
) -> None:
    """Compare the replay of sampled eviction with a real server."""
    click.echo(HEADER, err=True)
    found = run(policies, rates, seconds, requests)
    if as_json:
        print(json.dumps(found))
    else:
        show(found)


if __name__ == "__main__":
    main()
