"""Three witnesses of a hit: the answer, Redis and PostgreSQL must count the same."""

import json
import urllib.request
from pathlib import Path

import pytest

from lab.counters import Counters, Witnesses
from lab.counters.postgresql import PostgresqlCounters
from lab.counters.redis import RedisCounters
from lab.errors import StackError
from lab.stacks.embedded import EmbeddedSettings, EmbeddedStack, embedded_stack


def ask(stack: EmbeddedStack, path: str, **headers: str) -> str:
    request = urllib.request.Request(stack.endpoints.data_service_url + path, headers=headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return str(answer.headers["Cache-Status"])


def servers(counters: Counters) -> tuple[RedisCounters, PostgresqlCounters]:
    assert counters.redis is not None and counters.postgresql is not None
    return counters.redis, counters.postgresql


def test_hits_misses_and_bypasses_are_seen_by_all_witnesses(stack: EmbeddedStack, witnesses: Witnesses) -> None:
    witnesses.redis.flushall()
    for operation, suffix in (("user", ""), ("activity", "/activity"), ("similar", "/similar")):
        before = witnesses.read(operation, None)
        path = f"/user/user-000007{suffix}"
        outcomes = [ask(stack, path) for _ in range(3)] + [ask(stack, path, **{"Cache-Control": "no-store"})]
        redis, postgresql = servers(witnesses.read(operation, None).since(before))
        assert sum("hit" in outcome for outcome in outcomes) == redis.keyspace_hits == 2
        assert sum("fwd=miss" in outcome for outcome in outcomes) == redis.keyspace_misses == 1
        assert postgresql.calls == 2  # the miss and the bypass
        assert postgresql.exec_time_ms > 0
        assert (redis.commands or {}).get("get") == 3
        assert (redis.commands or {}).get("set") == 1
        assert postgresql.other_calls == 0


def test_health_checks_are_seen_by_none(stack: EmbeddedStack, witnesses: Witnesses) -> None:
    before = witnesses.read("user", None)
    urllib.request.urlopen(f"{stack.endpoints.data_service_url}/healthz", timeout=10).close()
    redis, postgresql = servers(witnesses.read("user", None).since(before))
    assert not (redis.keyspace_hits or redis.keyspace_misses or redis.evicted_keys or redis.expired_keys)
    assert (postgresql.calls, postgresql.other_calls) == (0, 0)


def test_what_is_read_is_what_run_json_holds(witnesses: Witnesses) -> None:
    before = witnesses.read("user", None)
    counters = json.loads(json.dumps(witnesses.read("user", 2.5).since(before).to_json()))
    assert set(counters) == {"redis", "postgresql", "cpu_s", "host"}
    assert set(counters["cpu_s"]) == {"postgresql", "redis", "data-service", "user-service", "generator"}
    assert counters["cpu_s"]["generator"] is None  # it was not known before
    host = counters["host"]
    assert host["seconds"] > 0
    assert host["reading_s"] > 0
    assert host["busy_s"] >= 0
    assert host["foreign_cpu_s"] <= host["busy_s"]


def test_a_server_that_has_stopped_answering_is_one_sentence(tmp_path: Path) -> None:
    with embedded_stack(EmbeddedSettings(directory=tmp_path / "stack")) as short_lived:
        watching = Witnesses(short_lived)
        watching.read("user", None)
    with pytest.raises(StackError, match="has stopped answering"):
        watching.read("user", None)
