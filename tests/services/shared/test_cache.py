import os
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import redis

from lab.stacks.ports import free_port
from lab.stacks.redis import RedisServer
from services.shared.cache import TIMEOUT_S, Cache
from services.shared.errors import CacheError


@pytest.fixture
def store(redis_server: RedisServer, cache: redis.Redis) -> Cache:
    return Cache(redis_server.url)


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A server that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def connection_id(store: Cache) -> int:
    return int(store._command("CLIENT", "ID"))


def test_it_keeps_bytes_for_their_ttl(store: Cache, cache: redis.Redis) -> None:
    store.set("key", b"\x00value", ttl_ms=60_000)

    assert store.get("key") == b"\x00value"
    assert 59_000 < cache.pttl("key") <= 60_000
    assert store.get("another") is None


def test_it_deletes_what_is_there_and_what_is_not(store: Cache) -> None:
    store.set("key", b"value", ttl_ms=60_000)
    store.delete("key", "another")

    assert store.get("key") is None


def test_threads_never_share_a_connection(store: Cache) -> None:
    seen: list[int] = []

    def work() -> None:
        assert connection_id(store) == connection_id(store)
        seen.append(connection_id(store))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(seen)) == 4


def test_a_forked_child_connects_anew_and_leaves_its_parent_connected(store: Cache) -> None:
    parents = connection_id(store)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, str(connection_id(store)).encode())
        store._connections.drop()
        os._exit(0)
    os.waitpid(child, 0)

    assert int(os.read(reader, 20)) != parents
    assert connection_id(store) == parents


def test_a_refused_connection_fails_at_once() -> None:
    store = Cache(f"redis://127.0.0.1:{free_port()}/0")
    began_s = time.monotonic()

    with pytest.raises(CacheError):
        store.get("key")

    assert time.monotonic() - began_s < 0.1


def test_a_silent_server_costs_one_timeout(silent_port: int) -> None:
    store = Cache(f"redis://127.0.0.1:{silent_port}/0")
    began_s = time.monotonic()

    with pytest.raises(CacheError):
        store.get("key")

    assert time.monotonic() - began_s < TIMEOUT_S + 0.4


def test_a_server_that_stops_answering_costs_one_timeout(store: Cache, cache: redis.Redis) -> None:
    store.set("key", b"value", ttl_ms=60_000)
    cache.execute_command("CLIENT", "PAUSE", 700, "ALL")
    began_s = time.monotonic()

    with pytest.raises(CacheError):
        store.get("key")

    assert TIMEOUT_S <= time.monotonic() - began_s < TIMEOUT_S + 0.3
    cache.ping()  # the pause is over
    assert store.get("key") == b"value"


def test_a_delete_survives_a_closed_connection(store: Cache, cache: redis.Redis) -> None:
    store.set("key", b"value", ttl_ms=60_000)
    cache.client_kill_filter(_id=connection_id(store))
    store.delete("key")

    assert cache.get("key") is None


def test_a_refusal_is_a_cache_error(store: Cache, cache: redis.Redis) -> None:
    limit = cache.config_get("maxmemory")["maxmemory"]
    policy = cache.config_get("maxmemory-policy")["maxmemory-policy"]
    cache.config_set("maxmemory-policy", "noeviction")
    cache.config_set("maxmemory", "1")
    try:
        with pytest.raises(CacheError):
            store.set("key", b"value", ttl_ms=1000)
    finally:
        cache.config_set("maxmemory", limit)
        cache.config_set("maxmemory-policy", policy)
