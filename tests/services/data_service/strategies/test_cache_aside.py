from random import Random

import pytest

from services.data_service.strategies.cache_aside import CacheAside
from services.data_service.strategies.interface import Lifetime, Outcome, StrategyContext
from tests.services.data_service.strategies.fakes import FakeCache, FakeClock, FakeLoad

KEY = "hm:1:user:ada"


@pytest.fixture
def cache() -> FakeCache:
    return FakeCache()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def strategy(cache: FakeCache, clock: FakeClock) -> CacheAside:
    lifetime = Lifetime(ttl_s=60, jitter_ratio=0)
    return CacheAside(StrategyContext(cache=cache, lifetime=lifetime, now_s=clock))


def test_a_miss_is_stored_and_then_hit(strategy: CacheAside, cache: FakeCache) -> None:
    load = FakeLoad()
    first, second = strategy.read(KEY, load), strategy.read(KEY, load)

    assert (first.outcome, first.stored) == (Outcome.MISS, True)
    assert (second.outcome, second.stored) == (Outcome.HIT, False)
    assert load.calls == 1
    assert cache.commands == ["get", "set", "get"]


def test_age_and_ttl_count_from_when_the_entry_was_stored(strategy: CacheAside, clock: FakeClock) -> None:
    strategy.read(KEY, FakeLoad())
    clock.now_s += 12.5
    answer = strategy.read(KEY, FakeLoad())

    assert answer.age_s == pytest.approx(12.5, abs=0.001)
    assert answer.ttl_s == pytest.approx(47.5, abs=0.001)


def test_a_clock_that_is_behind_makes_nothing_younger_than_new(strategy: CacheAside, clock: FakeClock) -> None:
    strategy.read(KEY, FakeLoad())
    clock.now_s -= 5
    answer = strategy.read(KEY, FakeLoad())

    assert (answer.age_s, answer.ttl_s) == (0, 60)


def test_a_refresh_does_not_ask_but_stores(strategy: CacheAside, cache: FakeCache) -> None:
    strategy.read(KEY, FakeLoad())
    cache.commands.clear()
    answer = strategy.read(KEY, FakeLoad(body=b'{"version": 4}', version=4), refresh=True)

    assert (answer.outcome, answer.stored) == (Outcome.REFRESH, True)
    assert cache.commands == ["set"]
    assert strategy.read(KEY, FakeLoad()).version == 4


def test_without_the_cache_it_neither_waits_nor_writes(strategy: CacheAside, cache: FakeCache) -> None:
    cache.fails = {"get"}
    answer = strategy.read(KEY, FakeLoad())

    assert (answer.outcome, answer.cache_failed) == (Outcome.BYPASS, True)
    assert cache.commands == ["get"]


def test_ttls_are_spread_over_the_jitter(cache: FakeCache) -> None:
    lifetime = Lifetime(ttl_s=100, jitter_ratio=0.1, random_source=Random(7))
    strategy = CacheAside(StrategyContext(cache=cache, lifetime=lifetime))
    for n in range(500):
        strategy.read(f"key{n}", FakeLoad())
    ttls_s = [ttl_ms / 1000 for ttl_ms in cache.ttls_ms.values()]

    assert 90 <= min(ttls_s) < 91
    assert 109 < max(ttls_s) <= 110
    assert sum(ttls_s) / len(ttls_s) == pytest.approx(100, abs=1)
