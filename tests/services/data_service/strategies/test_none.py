from services.data_service.strategies.interface import Lifetime, Outcome, StrategyContext
from services.data_service.strategies.none import NoCache
from tests.services.data_service.strategies.fakes import FakeCache, FakeLoad


def test_it_sends_the_cache_nothing() -> None:
    cache, load = FakeCache(), FakeLoad()
    strategy = NoCache(StrategyContext(cache=cache, lifetime=Lifetime(ttl_s=60, jitter_ratio=0)))
    answers = [strategy.read("key", load), strategy.read("key", load, refresh=True)]

    assert cache.commands == []
    assert load.calls == 2
    assert [answer.outcome for answer in answers] == [Outcome.BYPASS, Outcome.BYPASS]
