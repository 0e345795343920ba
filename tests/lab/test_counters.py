"""Three witnesses of a hit: the answer, Redis and PostgreSQL must count the same."""

import urllib.request

from lab.counters import Counters, Witnesses
from lab.stacks.embedded import EmbeddedStack


def ask(stack: EmbeddedStack, path: str, **headers: str) -> str:
    request = urllib.request.Request(stack.endpoints.data_service_url + path, headers=headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return str(answer.headers["Cache-Status"])


def test_hits_misses_and_bypasses_are_seen_by_all_witnesses(stack: EmbeddedStack, witnesses: Witnesses) -> None:
    witnesses.redis.flushall()
    for operation, suffix in (("user", ""), ("activity", "/activity"), ("similar", "/similar")):
        before = witnesses.read(operation, None)
        path = f"/user/user-000007{suffix}"
        outcomes = [ask(stack, path) for _ in range(3)] + [ask(stack, path, **{"Cache-Control": "no-store"})]
        counted = witnesses.read(operation, None).since(before)
        assert sum("hit" in outcome for outcome in outcomes) == counted.redis["keyspace_hits"] == 2
        assert sum("fwd=miss" in outcome for outcome in outcomes) == counted.redis["keyspace_misses"] == 1
        assert counted.postgresql["calls"] == 2  # the miss and the bypass
        assert counted.postgresql["exec_time_ms"] > 0


def test_health_checks_are_seen_by_none(stack: EmbeddedStack, witnesses: Witnesses) -> None:
    before = witnesses.read("user", None)
    urllib.request.urlopen(f"{stack.endpoints.data_service_url}/healthz", timeout=10).close()
    counted = witnesses.read("user", None).since(before)
    assert not any(counted.redis.values())
    assert counted.postgresql["calls"] == 0


def test_unknown_stays_unknown() -> None:
    one = Counters(redis={}, postgresql={}, cpu_s={"redis": None, "generator": 1.0})
    two = Counters(redis={}, postgresql={}, cpu_s={"redis": 3.0, "generator": 1.5})
    assert two.since(one).cpu_s == {"redis": None, "generator": 0.5}
