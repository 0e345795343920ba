"""What somebody does to Redis between two readings is seen; what the lab does is not."""

import time
from dataclasses import replace

import pytest
import redis

from lab.counters import Witnesses
from lab.stacks.embedded import EmbeddedStack
from lab.stacks.external import ExternalStack

BGSAVE_TIMEOUT_S = 20.0


def test_the_lab_does_not_see_itself(witnesses: Witnesses) -> None:
    before = witnesses.read("user", None)
    witnesses.redis.config_set("maxmemory", witnesses.redis.config_get("maxmemory")["maxmemory"])
    witnesses.redis.dbsize()
    witnesses.redis.info("memory")
    witnesses.read("user", None)
    counted = witnesses.read("user", None).since(before).redis
    assert counted is not None
    assert counted.commands == {}


def test_foreign_commands_are_seen_by_name(witnesses: Witnesses, foreign_redis: redis.Redis) -> None:
    before = witnesses.read("user", None)
    foreign_redis.get("nobody-holds-this")
    foreign_redis.get("nobody-holds-this")
    foreign_redis.flushall()
    foreign_redis.config_get("maxmemory")
    witnesses.redis.config_get("maxmemory")
    counted = witnesses.read("user", None).since(before).redis
    assert counted is not None
    assert counted.commands == {"get": 2, "flushall": 1, "config|get": 1}
    assert (counted.keyspace_hits, counted.keyspace_misses) == (0, 2)


def test_a_fork_is_seen(witnesses: Witnesses, foreign_redis: redis.Redis) -> None:
    before = witnesses.read("user", None)
    foreign_redis.bgsave()
    counted = witnesses.read("user", None).since(before).redis
    assert counted is not None
    assert counted.total_forks == 1
    deadline = time.monotonic() + BGSAVE_TIMEOUT_S
    while foreign_redis.info("persistence")["rdb_bgsave_in_progress"]:
        assert time.monotonic() < deadline


def test_a_rejected_connection_is_seen(
    stack: EmbeddedStack, witnesses: Witnesses, foreign_redis: redis.Redis
) -> None:
    limit = foreign_redis.config_get("maxclients")["maxclients"]
    before = witnesses.read("user", None)
    foreign_redis.config_set("maxclients", foreign_redis.info("clients")["connected_clients"])
    try:
        with (
            pytest.raises(redis.ConnectionError, match="max number of clients"),
            redis.Redis.from_url(stack.endpoints.redis_url, retry=None) as one_too_many,
        ):
            one_too_many.ping()
    finally:
        foreign_redis.config_set("maxclients", limit)
    counted = witnesses.read("user", None).since(before).redis
    assert counted is not None
    assert counted.rejected_connections is not None
    assert counted.rejected_connections >= 1


def test_memory_is_what_it_is_at_the_end_and_evictions_what_happened(
    witnesses: Witnesses, foreign_redis: redis.Redis
) -> None:
    witnesses.redis.flushall()
    limit = foreign_redis.config_get("maxmemory")["maxmemory"]
    first = witnesses.read("user", None)
    foreign_redis.set("large", b"x" * 4_000_000)
    second = witnesses.read("user", None)
    try:
        foreign_redis.config_set("maxmemory", 2_000_000)
        third = witnesses.read("user", None)
    finally:
        foreign_redis.config_set("maxmemory", limit)
    filled, evicted = second.since(first).redis, third.since(second).redis
    assert filled is not None and evicted is not None
    assert filled.used_memory_bytes is not None
    assert filled.used_memory_bytes > 4_000_000
    assert (filled.evicted_keys, evicted.evicted_keys) == (0, 1)
    assert (filled.maxmemory_bytes, evicted.maxmemory_bytes) == (int(limit), 2_000_000)


def test_a_server_that_may_not_be_asked_is_unknown(stack: EmbeddedStack, foreign_redis: redis.Redis) -> None:
    foreign_redis.acl_setuser("mute", enabled=True, passwords=["+mute"], keys=["*"], commands=["+@all", "-info"])
    address = stack.endpoints.redis_url.split("@")[1]
    endpoints = replace(stack.endpoints, redis_url=f"redis://mute:mute@{address}")
    mute = Witnesses(ExternalStack(kind="external", endpoints=endpoints))
    try:
        counters = mute.read("user", None).since(mute.read("user", None)).to_json()
    finally:
        mute.close()
        foreign_redis.acl_deluser("mute")
    assert counters["redis"] is None
    assert counters["postgresql"]["calls"] == 0
