"""What entries take on a running server: fills one of the lab's own, and reads its memory.

Hash tables double in steps and allocators round up, so memory is measured at the very number of entries in
question, with as many connections open as the services of the embedded stack hold.
"""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import redis

from analysis.prediction.eviction_settings import Sampling
from analysis.size.workload import Server
from lab.dataset import INFO_BYTES
from lab.size.workload import Ranks
from lab.stacks.embedded import TTL_JITTER_RATIO
from lab.stacks.ports import free_port
from lab.stacks.redis import RedisServer
from lab.stacks.services import THREADS, WORKERS
from loadtests.target import user_name

MOST_MEASURED_ENTRIES = 1 << 20
MOST_MEASURED_BYTES = 1 << 28
BATCH_BYTES = 1 << 22
TTL_MS = 86_400_000
HEAD = "1 1795624476000 86400000 000\n"
BODY = '{"name": "user-000000", "info": "", "version": 1}'
USER_VALUE_BYTES = len(HEAD) + len(BODY) + INFO_BYTES
"""An entry of data-service for `GET /user/<name>`: a line about it, and the JSON object."""


class MemoryMeter:
    """A running server, filled to measure.

    Attributes:
        server: how it evicts.
        name: what it is, with its version.
    """

    def __init__(self, client: redis.Redis, connections: list[redis.Redis], value_bytes: Ranks) -> None:
        self._client = client
        self._connections = connections
        self._value_bytes = value_bytes
        self._known: dict[int, int] = {}
        self.name, self.server = _describe(client)
        self.empty_bytes = self._used()

    def maxmemory_bytes(self, entries: int) -> int:
        """Return what the server uses when it holds so many entries.

        More than can be filled in a second are measured at half as many, or a quarter…: there tables are as full,
        and an entry's share of them is the same.
        """
        if entries not in self._known:
            measured = entries
            while measured > MOST_MEASURED_ENTRIES or self._values(measured, entries).sum() > MOST_MEASURED_BYTES:
                measured = (measured + 1) // 2
                if measured == 1:
                    break
            used = self._fill(self._values(measured, entries))
            self._known[entries] = round(self.empty_bytes + (used - self.empty_bytes) * (entries / measured))
        return self._known[entries]

    def entry_bytes(self, entries: int) -> float:
        """Return bytes an entry, its share of the tables included, at that many."""
        return (self.maxmemory_bytes(entries) - self.empty_bytes) / entries

    def _values(self, measured: int, entries: int) -> Ranks:
        """Return the sizes of that many of the entries, spread evenly over all of them."""
        places = np.arange(measured) * entries // measured
        return self._value_bytes[places % len(self._value_bytes)]

    def _fill(self, value_bytes: Ranks) -> int:
        self._client.flushall(asynchronous=False)
        connection = self._connections[0].connection_pool.get_connection()
        try:
            connection.send_command("CLIENT", "REPLY", "OFF")  # type: ignore[no-untyped-call]
            for batch in _batches(value_bytes):
                connection.send_packed_command([batch])  # type: ignore[no-untyped-call]
            connection.send_command("CLIENT", "REPLY", "ON")  # type: ignore[no-untyped-call]
            connection.read_response()
        finally:
            self._connections[0].connection_pool.release(connection)
        return self._used()

    def _used(self) -> int:
        for each in self._connections:
            each.get("hm:0")  # a connection that was just used has its buffers, as in service
        return int(self._client.info("memory")["used_memory"])


@contextmanager
def memory_meter(value_bytes: Ranks, binary: Path | None = None) -> Iterator[MemoryMeter]:
    """Start a server to measure on, and stop it again.

    Args:
        value_bytes: Sizes of the values; as many are taken as entries are asked for, over again if need be.
        binary: Another server than the bundled one.

    Raises:
        StackError: it does not start.
    """
    with tempfile.TemporaryDirectory(prefix="lab-size-") as folder, ExitStack() as until_exit:
        server = RedisServer(Path(folder), free_port(), binary)
        until_exit.callback(server.process.stop)
        server.start()
        clients = [redis.Redis.from_url(server.url) for _ in range(WORKERS * THREADS + 1)]
        for client in clients:
            until_exit.callback(client.close)
        clients[0].config_set("maxmemory", 0)
        yield MemoryMeter(clients[0], clients[1:], value_bytes)


def _describe(client: redis.Redis) -> tuple[str, Server]:
    told = client.info("server")
    valkey = told.get("valkey_version")
    sampling: Sampling = "buckets" if valkey else "uniform"
    samples = int(client.config_get("maxmemory-samples")["maxmemory-samples"] or 0)
    name = f"Valkey {valkey}" if valkey else f"Redis {told['redis_version']}"
    return name, Server(sampling=sampling, samples=samples, ttl_jitter_ratio=TTL_JITTER_RATIO)


def _batches(value_bytes: Ranks) -> Iterator[bytes]:
    """Yield SET commands as they go over the wire, with keys as data-service's and values of those sizes."""
    batch: list[bytes] = []
    size = 0
    for index, length in enumerate(value_bytes.tolist()):
        key = f"hm:1:user:{user_name(index)}".encode()
        batch.append(
            b"*5\r\n$3\r\nSET\r\n$%d\r\n%b\r\n$%d\r\n%b\r\n$2\r\nPX\r\n$%d\r\n%d\r\n"
            % (len(key), key, length, b"x" * length, len(str(TTL_MS)), TTL_MS)
        )
        size += len(batch[-1])
        if size >= BATCH_BYTES:
            yield b"".join(batch)
            batch, size = [], 0
    yield b"".join(batch)
