"""Compare data-service with the design it grew out of, and with a Flask route that does nothing.

The original is rebuilt here as a newcomer would write it: Flask's development server, a new PostgreSQL connection
for every miss, `redis.get` before it. All servers run at once and are measured in turn, in an order drawn anew for
each round, by a closed loop of keep-alive connections: so a slow minute of the machine touches them all.

    python benchmarks/services.py [--json]

An uncached read of the original asks Redis in vain, connects, queries and stores; one of data-service is its
uncached arm (`Cache-Control: no-store`). What data-service does on a miss is measured too, as `miss`. The route
that does nothing is an ordinary one (`return ""`) in an app of its own, under data-service's own granian settings.
"""

import io
import json
import multiprocessing
import os
import random
import selectors
import socket
import statistics
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NoReturn, cast

# This file is called like the package it measures: `import services` must not find the file.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import click
import numpy as np
import psycopg2
import redis
from flask import Flask, Response, jsonify

from analysis.intervals import log_interval
from lab.schema import apply_schema
from lab.server_process import ServerProcess
from lab.stacks.ports import LOOPBACK, free_port
from lab.stacks.postgres import PostgresServer
from lab.stacks.redis import RedisServer
from services.shared.serving import serve
from services.shared.settings import CommonSettings

USERS = 100_000
WARM_USERS = 300
CONNECTIONS = (1, 16)
START_TIMEOUT_S = 15.0
ANSWER_TIMEOUT_S = 5.0
SETTLE_S = 0.3
SETTLE_USERS = USERS // 10

KINDS = {  # the server, and what is read from it
    "original hit": ("original", "hit"),
    "original uncached": ("original", "miss"),
    "hit": ("present", "hit"),
    "uncached": ("present", "uncached"),
    "miss": ("present", "miss"),
    "noop": ("noop", "noop"),
}
RATIOS = {
    "hit_vs_original": ("hit", "original hit"),
    "uncached_vs_original": ("uncached", "original uncached"),
    "hit_vs_noop": ("hit", "noop"),
}
TARGETS = {"hit_vs_original": 10.0, "uncached_vs_original": 25.0, "hit_vs_noop": 0.5}


# The servers


def make_original(database_url: str, redis_url: str) -> Flask:
    """Return the design this project grew out of."""
    app = Flask("original")
    cache = cast("Any", redis.Redis.from_url(redis_url))

    @app.get("/user/<name>")
    def user(name: str) -> Response | tuple[Response, int]:
        cached = cache.get(f"user:{name}")
        if cached:
            return jsonify(name=name, cached=True, info=cached.decode())
        connection = psycopg2.connect(database_url)
        cursor = connection.cursor()
        cursor.execute("SELECT info FROM users WHERE name = %s", (name,))
        row = cursor.fetchone()
        connection.close()
        if row is None:
            return jsonify(error="no such user"), 404
        cache.set(f"user:{name}", row[0], ex=300)
        return jsonify(name=name, cached=False, info=row[0])

    return app


def make_noop() -> Flask:
    """Return an app whose one route does nothing."""
    app = Flask("noop")

    @app.get("/")
    def nothing() -> str:
        return ""

    return app


def run_server(server: str) -> None:
    """Serve the original or the route that does nothing, in this process, until told to stop."""
    settings = CommonSettings(
        database_url=os.environ["DATABASE_URL"], redis_url=os.environ["REDIS_URL"], port=int(os.environ["PORT"])
    )
    if server == "original":
        app = make_original(settings.database_url, settings.redis_url)
        app.run(host=settings.host, port=settings.port, threaded=True)
    else:
        serve("noop", make_noop, settings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Servers:
    """What runs: the ports of the three HTTP servers, and the cache they share."""

    ports: dict[str, int]
    cache: redis.Redis


@contextmanager
def running_servers() -> Iterator[Servers]:
    """Start PostgreSQL with its users, Redis and the three HTTP servers; stop all at the end."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hit-or-miss-benchmark-")))
        directory.chmod(0o755)
        database = PostgresServer(directory / "postgres", free_port())
        stack.callback(database.process.stop)
        database.start()
        fill(database.url)
        cache = RedisServer(directory, free_port())
        stack.callback(cache.process.stop)
        cache.start()
        environment = {**os.environ, "DATABASE_URL": database.url, "REDIS_URL": cache.url}
        ports = {}
        for name, command in {
            "original": [__file__, "--serve", "original"],
            "noop": [__file__, "--serve", "noop"],
            "present": ["-m", "services.data_service"],
        }.items():
            ports[name] = free_port()
            process = ServerProcess(
                name=name,
                command=[sys.executable, *command],
                log=directory / f"{name}.log",
                environment={**environment, "PORT": str(ports[name])},
            )
            process.start()
            stack.callback(process.stop)
            process.wait_until(partial(listens, ports[name]), START_TIMEOUT_S)
        yield Servers(ports=ports, cache=redis.Redis.from_url(cache.url))


def fill(database_url: str) -> None:
    """Make the tables and the users."""
    connection = psycopg2.connect(database_url)
    apply_schema(connection)
    rows = "".join(f"user{n}\tinfo of user {n}\n" for n in range(USERS))
    with connection, connection.cursor() as cursor:
        cursor.copy_expert("COPY users (name, info) FROM STDIN", io.StringIO(rows))
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE, FREEZE) users")
    connection.close()


def listens(port: int) -> bool:
    """Return whether something accepts connections on `port`."""
    try:
        socket.create_connection((LOOPBACK, port), timeout=1).close()
    except OSError:
        return False
    return True


# The load


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What is sent, in a loop: `requests` in turn over `connections`, for `seconds`.

    Every answer must contain `expected`.
    """

    port: int
    connections: int
    seconds: float
    requests: list[bytes]
    expected: bytes


@dataclass(frozen=True, slots=True)
class Measured:
    """How many answers came a second, and how much of its time the driver was at work (0 to 1)."""

    rate_rps: float
    driver_busy_ratio: float


def drive(load: Load) -> Measured:
    """Send requests, each connection its next one as soon as it has its answer.

    Connections are kept where the server keeps them; Flask's development server closes each after one answer.
    """
    selector = selectors.DefaultSelector()
    requests = iter(load.requests)
    for _ in range(load.connections):
        send_anew(selector, load.port, next(requests))
    answers = 0
    began_s, began_cpu_s = time.perf_counter(), time.process_time()
    while (elapsed_s := time.perf_counter() - began_s) < load.seconds:
        for key, _ in selector.select(timeout=ANSWER_TIMEOUT_S) or no_answer(load):
            connection, received = cast(socket.socket, key.fileobj), cast(bytearray, key.data)
            piece = connection.recv(65_536)
            received += piece
            if piece and not is_whole(received):
                continue
            if load.expected not in received:
                raise RuntimeError(f"an answer without {load.expected!r}: {bytes(received)!r}")
            answers += 1
            if b"\r\nConnection: close\r\n" in received:
                selector.unregister(connection)
                connection.close()
                send_anew(selector, load.port, next(requests))
            else:
                received.clear()
                connection.sendall(next(requests))
    busy_ratio = (time.process_time() - began_cpu_s) / elapsed_s
    for key in list(selector.get_map().values()):
        cast(socket.socket, key.fileobj).close()
    return Measured(answers / elapsed_s, busy_ratio)


def send_anew(selector: selectors.BaseSelector, port: int, request: bytes) -> None:
    """Open a connection and send its first request."""
    connection = socket.create_connection((LOOPBACK, port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.sendall(request)
    selector.register(connection, selectors.EVENT_READ, bytearray())


def no_answer(load: Load) -> NoReturn:
    """Say that nothing came."""
    raise RuntimeError(f"port {load.port} sent nothing for {ANSWER_TIMEOUT_S:g} s")


def drive_apart(load: Load) -> Measured:
    """Run `drive` in a process of its own."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=lambda: sender.send(drive(load)))
    process.start()
    sender.close()  # so that a driver that fails ends the wait below
    try:
        return cast(Measured, receiver.recv())
    except EOFError:
        raise click.ClickException("the driver failed; its traceback is above") from None
    finally:
        process.join()


def is_whole(received: bytearray) -> bool:
    """Return whether an answer with a Content-Length has arrived to its end."""
    head = received.find(b"\r\n\r\n")
    if head < 0:
        return False
    length = received.lower().find(b"content-length:", 0, head)
    end = received.find(b"\r\n", length)
    return len(received) >= head + 4 + int(received[length + 15 : end])


def requests_for(names: list[int], *headers: str) -> list[bytes]:
    """Return GET requests for users by number."""
    rest = "".join(f"{header}\r\n" for header in ("Host: localhost", *headers))
    return [f"GET /user/user{n} HTTP/1.1\r\n{rest}\r\n".encode() for n in names]


class Bench:
    """Measures one kind of read at a time, with the cache in the state it needs."""

    def __init__(self, servers: Servers, rng: random.Random, seconds: float) -> None:
        self._servers = servers
        self._rng = rng
        self._seconds = seconds

    def measure(self, kind: str, connections: int) -> Measured:
        """Return the rate of `kind`, after a short unmeasured stretch of the same."""
        server, read = KINDS[kind]
        warm = self._rng.sample(range(USERS), WARM_USERS)
        self._servers.cache.flushall()
        if read == "hit":
            self._warm_up(server, warm)
        users = self._rng.sample(range(USERS), USERS)
        # Each part has users of its own: what is under way when a stretch ends may be stored after any flush.
        for seconds, part in ((SETTLE_S, users[:SETTLE_USERS]), (self._seconds, users[SETTLE_USERS:])):
            requests, expected = self._requests(read, warm, part)
            load = Load(
                port=self._servers.ports[server],
                connections=connections,
                seconds=seconds,
                requests=requests,
                expected=expected,
            )
            measured = drive_apart(load)
        return measured

    def _requests(self, read: str, warm: list[int], users: list[int]) -> tuple[list[bytes], bytes]:
        """Return requests and what every answer must contain."""
        if read == "noop":
            return [b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"] * len(users), b"200 OK"
        if read == "hit":
            return requests_for(self._rng.choices(warm, k=len(users))), b"true"
        # Every user once: a miss each time, where the cache is asked.
        no_store = ["Cache-Control: no-store"] if read == "uncached" else []
        return requests_for(users, *no_store), b"false"

    def _warm_up(self, server: str, names: list[int]) -> None:
        port = self._servers.ports[server]
        for name in names:
            urllib.request.urlopen(f"http://{LOOPBACK}:{port}/user/user{name}", timeout=10).close()


# The results


def run(rounds: int, seconds: float, seed: int) -> dict[str, Any]:
    """Measure everything and return the results."""
    rng = random.Random(seed)
    rates: dict[int, dict[str, list[float]]] = {n: {kind: [] for kind in KINDS} for n in CONNECTIONS}
    busiest_ratio = 0.0
    with running_servers() as servers:
        bench = Bench(servers, rng, seconds)
        for number in range(rounds):
            cells = [(kind, n) for kind in KINDS for n in CONNECTIONS]
            for kind, connections in rng.sample(cells, len(cells)):
                measured = bench.measure(kind, connections)
                rates[connections][kind].append(measured.rate_rps)
                busiest_ratio = max(busiest_ratio, measured.driver_busy_ratio)
            click.echo(f"round {number + 1} of {rounds} done", err=True)
    return results(rates, busiest_ratio, seconds)


def results(rates: dict[int, dict[str, list[float]]], busiest_ratio: float, seconds: float) -> dict[str, Any]:
    """Return ratios at the most connections, their 95 % intervals over rounds, and the figures behind them."""
    most = rates[max(CONNECTIONS)]
    ratios = {name: statistics.median(most[a]) / statistics.median(most[b]) for name, (a, b) in RATIOS.items()}
    intervals = {}
    for name, (a, b) in RATIOS.items():
        interval = log_interval(np.array(most[a]) / np.array(most[b]))
        intervals[name] = [interval.low, interval.high]
    return {
        **ratios,
        "intervals_95": intervals,
        "targets": TARGETS,
        "rates_rps": {str(connections): kinds for connections, kinds in rates.items()},
        "rounds": len(most["hit"]),
        "seconds_a_cell": seconds,
        "busiest_driver_ratio": busiest_ratio,
    }


def show(found: dict[str, Any]) -> None:
    """Print the results as tables."""
    print(f"\nreq/s, median of {found['rounds']} rounds of {found['seconds_a_cell']:g} s (lowest to highest)\n")
    print(f"{'':20}" + "".join(f"{f'{n} connection' + 's' * (n > 1):>30}" for n in CONNECTIONS))
    for kind in KINDS:
        cells = []
        for connections in CONNECTIONS:
            values = found["rates_rps"][str(connections)][kind]
            spread = f"({min(values):,.0f} to {max(values):,.0f})"
            cells.append(f"{statistics.median(values):>11,.0f} {spread:>18}")
        print(f"{kind:20}" + "".join(cells))
    print(
        f"\nratio of medians at {max(CONNECTIONS)} connections, 95 % interval of the ratio over rounds, target\n"
    )
    for name, target in TARGETS.items():
        low, high = found["intervals_95"][name]
        interval = "" if low is None else f"{low:.2f} to {high:.2f}"
        print(f"{name:22}{found[name]:8.2f}   {interval:>16}   at least {target:g}")
    print(f"\nThe driver was at work {found['busiest_driver_ratio']:.0%} of the time at most.")


@click.command()
@click.option(
    "--rounds", type=click.IntRange(1), default=5, show_default=True, help="How often each cell is measured."
)
@click.option(
    "--seconds", type=click.FloatRange(0.1, 20), default=1.5, show_default=True, help="Length of a cell."
)
@click.option("--seed", type=int, default=1, show_default=True, help="Seed of the keys and of the order.")
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object on standard output, and nothing else."
)
@click.option("--serve", "server", type=click.Choice(["original", "noop"]), hidden=True)
def main(rounds: int, seconds: float, seed: int, as_json: bool, server: str | None) -> None:
    """Compare data-service with the original design and with a route that does nothing."""
    if server is not None:
        run_server(server)
        return
    found = run(rounds, seconds, seed)
    if as_json:
        print(json.dumps(found))
    else:
        show(found)


if __name__ == "__main__":
    main()
