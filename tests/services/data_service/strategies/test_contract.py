"""What holds for every strategy, the one without a cache included."""

from random import Random

import pytest

from services.data_service.strategies import STRATEGIES, Strategy
from services.data_service.strategies.interface import Lifetime, Loaded, Outcome, StrategyContext
from tests.services.data_service.strategies.fakes import FakeCache, FakeClock, FakeLoad

KEY = "hm:1:user:ada"


class BrokenLoadError(Exception):
    """The database is down."""


@pytest.fixture
def cache() -> FakeCache:
    return FakeCache()


@pytest.fixture(params=sorted(STRATEGIES))
def strategy(request: pytest.FixtureRequest, cache: FakeCache) -> Strategy:
    lifetime = Lifetime(ttl_s=60, jitter_ratio=0.1, random_source=Random(1))
    return STRATEGIES[request.param](StrategyContext(cache=cache, lifetime=lifetime, now_s=FakeClock()))


def test_a_read_returns_what_was_loaded(strategy: Strategy) -> None:
    load = FakeLoad()

    for _ in range(3):
        answer = strategy.read(KEY, load)
        assert (answer.body, answer.version) == (load.body, load.version)


def test_a_hit_and_only_a_hit_leaves_the_database_alone(strategy: Strategy) -> None:
    load = FakeLoad()

    for _ in range(3):
        before = load.calls
        answer = strategy.read(KEY, load)
        assert (load.calls == before) == (answer.outcome is Outcome.HIT)
        assert (answer.db_ns is None) == (answer.outcome is Outcome.HIT)
        assert (answer.age_s is not None) == (answer.outcome is Outcome.HIT)
        assert (answer.ttl_s is not None) == (answer.outcome is Outcome.HIT)


def test_keys_do_not_mix(strategy: Strategy) -> None:
    strategy.read(KEY, FakeLoad())

    assert strategy.read("hm:1:user:bob", FakeLoad(body=b'{"name": "bob"}', version=9)).version == 9


def test_an_absent_user_is_no_answer_and_is_not_kept(strategy: Strategy, cache: FakeCache) -> None:
    absent = FakeLoad(body=None, version=None)

    for _ in range(2):
        answer = strategy.read(KEY, absent)
        assert (answer.body, answer.version, answer.stored) == (None, None, False)
    assert absent.calls == 2
    assert cache.entries == {}
    assert strategy.read(KEY, FakeLoad()).version == 3


def test_a_refresh_always_loads(strategy: Strategy) -> None:
    strategy.read(KEY, FakeLoad())
    newer = FakeLoad(body=b'{"version": 4}', version=4)
    answer = strategy.read(KEY, newer, refresh=True)

    assert (answer.version, newer.calls) == (4, 1)
    assert answer.outcome is not Outcome.HIT


@pytest.mark.parametrize("fails", [{"get"}, {"set"}, {"get", "set"}])
def test_it_answers_while_the_cache_fails(strategy: Strategy, cache: FakeCache, fails: set[str]) -> None:
    cache.fails = fails
    answer = strategy.read(KEY, FakeLoad())

    assert answer.version == 3
    assert not answer.stored
    assert answer.cache_failed == bool(fails & set(cache.commands))


def test_what_a_load_raises_passes_through_and_nothing_is_kept(strategy: Strategy, cache: FakeCache) -> None:
    def broken() -> Loaded:
        raise BrokenLoadError

    with pytest.raises(BrokenLoadError):
        strategy.read(KEY, broken)
    assert cache.entries == {}
    assert strategy.read(KEY, FakeLoad()).version == 3


def test_an_entry_that_cannot_be_read_is_replaced(strategy: Strategy, cache: FakeCache) -> None:
    cache.entries[KEY] = b"rubbish"
    load = FakeLoad()

    assert strategy.read(KEY, load).version == 3
    assert load.calls == 1


def test_stored_means_stored(strategy: Strategy, cache: FakeCache) -> None:
    answer = strategy.read(KEY, FakeLoad())

    assert answer.stored == (KEY in cache.entries)


def test_redis_time_is_told_exactly_when_redis_was_asked(strategy: Strategy, cache: FakeCache) -> None:
    for refresh in (False, False, True):
        cache.commands.clear()
        answer = strategy.read(KEY, FakeLoad(), refresh=refresh)
        assert (answer.redis_ns is not None) == bool(cache.commands)
