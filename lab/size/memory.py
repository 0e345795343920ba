"""What entries take on a running server: fills one of the lab's own, and reads its memory.

Hash tables double in steps and allocators round up, so memory is measured at the very number of entries in
question, with as many connections open as the services of the embedded stack hold, and their buffers settled.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from threading import Lock

import numpy as np
import redis

from analysis.prediction.eviction_settings import Sampling
from analysis.size.outlook import MemoryBytes
from analysis.size.workload import Server
from lab.errors import StackError
from lab.size.workload import Ranks
from lab.stacks.embedded import TTL_JITTER_RATIO
from lab.stacks.ports import free_port
from lab.stacks.redis import RedisServer
from lab.stacks.services import THREADS, WORKERS
from loadtests.target import user_name
from loadtests.value_sizes import INFO_BYTES

MOST_MEASURED_ENTRIES = 1 << 17
MOST_MEASURED_BYTES = 1 << 28
BATCH_BYTES = 1 << 22
WARM_UP_ENTRIES = 5_000
POLL_S = 0.01
TIMEOUT_S = 10.0
SETTLING_S = 0.5
CONNECTIONS = WORKERS * THREADS
BUFFERS_BYTES = CONNECTIONS * (1 << 14)
"""What buffers of connections begin with; they shrink to what is needed, within a second."""
TTL_MS = 300_000
BODY = '{"name": "user-000000", "info": "", "version": 1}'


def user_value_bytes(ttl_s: float) -> int:
    """Return the size of data-service's entry for `GET /user/<name>`: a line about it, and the JSON object.

    The line has the time to live in ms, jitter included: a digit more may be sixteen bytes to an allocator.
    """
    line = f"1 1795624476000 {round(ttl_s * 1000 * (1 + TTL_JITTER_RATIO))} 000\n"
    return len(line) + len(BODY) + INFO_BYTES


class MemoryMeter:
    """A running server, filled to measure.

    Attributes:
        server: how it evicts.
        name: what it is, with its version.
        empty_bytes: what it uses when it holds nothing.
    """

    def __init__(self, new_client: Callable[[], redis.Redis], until_exit: ExitStack, value_bytes: Ranks) -> None:
        self._new_client = new_client
        self._client = until_exit.enter_context(new_client())
        self._value_bytes = value_bytes
        self._known: dict[int, int] = {}
        self._one_at_a_time = Lock()
        self.name, self.server = _describe(self._client)
        self._client.config_set("maxmemory", 0)
        self._connections = [until_exit.enter_context(new_client()) for _ in range(CONNECTIONS)]
        # What a server keeps of every command and connection, it has from now on.
        self._fill(np.full(WARM_UP_ENTRIES, INFO_BYTES))
        for connection in self._connections:
            connection.get("hm:1:user:user-000000")
        self._empty()
        self.empty_bytes = self._settled()

    def measure_values(self, value_bytes: Ranks) -> None:
        """Measure with values of other sizes from now on."""
        self._value_bytes = value_bytes
        self._known.clear()

    def maxmemory_bytes(self, entries: int) -> int:
        """Return what the server uses when it holds so many entries.

        More than can be filled in a second are measured at half as many, or a quarter, and so on: there tables are
        as full, and an entry's share of them is the same.
        """
        with self._one_at_a_time:
            if entries not in self._known:
                measured = self._measurable(entries)
                taken = self._taken(self._values(measured, entries))
                self._known[entries] = round(self.empty_bytes + taken * (entries / measured))
            return self._known[entries]

    def to_hold(self, most_entries: int) -> MemoryBytes:
        """Return what tells `maxmemory` for a cache that is never to hold more than that.

        A cache that has room for everything must not evict when buffers are at their largest; one that evicts
        anyway holds a few entries fewer then, which does not show.
        """

        def maxmemory_bytes(entries: int) -> int:
            spare_bytes = BUFFERS_BYTES if entries >= most_entries else 0
            return self.maxmemory_bytes(entries) + spare_bytes

        return maxmemory_bytes

    def entry_bytes(self, entries: int) -> float:
        """Return bytes an entry, its share of the tables included, at that many."""
        return (self.maxmemory_bytes(entries) - self.empty_bytes) / entries

    def _values(self, measured: int, entries: int) -> Ranks:
        """Return the sizes of that many of the entries, spread evenly over all of them."""
        places = np.arange(measured) * entries // measured
        return self._value_bytes[places % len(self._value_bytes)]

    def _measurable(self, entries: int) -> int:
        measured = entries
        while measured > 1 and (
            measured > MOST_MEASURED_ENTRIES or self._values(measured, entries).sum() > MOST_MEASURED_BYTES
        ):
            measured = (measured + 1) // 2
        return measured

    def _taken(self, value_bytes: Ranks) -> int:
        """Fill the emptied server, and return by how much it uses more."""
        self._empty()
        before = self._used()
        self._fill(value_bytes)
        return self._used() - before

    def _fill(self, value_bytes: Ranks) -> None:
        with self._new_client() as filling:  # of its own, so that its buffers are gone afterwards
            connection = filling.connection_pool.get_connection()
            connection.send_command("CLIENT", "REPLY", "OFF")
            for batch in _batches(value_bytes):
                connection.send_packed_command([batch])
            connection.send_command("CLIENT", "REPLY", "ON")
            connection.read_response()
            filling.connection_pool.release(connection)

    def _empty(self) -> None:
        self._client.flushall(asynchronous=False)
        self._wait_until_down("memory", "lazyfree_pending_objects")

    def _used(self) -> int:
        self._wait_until_down("clients", "connected_clients", to=1 + CONNECTIONS)  # who filled it has gone
        return int(self._client.info("memory")["used_memory"])

    def _settled(self) -> int:
        """Return what is used once buffers, which begin large, have shrunk to what their connections need."""
        before, used = self._used() + 1, self._used()
        while used < before:
            time.sleep(SETTLING_S)
            before, used = used, self._used()
        return used

    def _wait_until_down(self, section: str, name: str, to: int = 0) -> None:
        deadline = time.monotonic() + TIMEOUT_S
        while int(self._client.info(section)[name]) > to:
            if time.monotonic() > deadline:
                raise StackError(
                    f"the Redis server to measure on has not settled after {TIMEOUT_S:g} s ({name}); "
                    "is it short of CPU?"
                )
            time.sleep(POLL_S)


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
        yield MemoryMeter(partial(redis.Redis.from_url, server.url), until_exit, value_bytes)


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
