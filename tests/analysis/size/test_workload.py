"""Replays of a workload against what they must come to."""

import numpy as np
import pytest

from analysis.errors import PredictionError
from analysis.prediction.stack_distance import lru_curve
from analysis.size.workload import Replays, Server, Workload
from tests.analysis.size.questions import drawn_keys, trace


def test_with_room_for_all_only_the_first_request_of_each_key_misses() -> None:
    workload = trace()
    found = Replays(workload, Server()).replay("allkeys-lfu", workload.distinct_keys)
    assert found.hit_ratio == pytest.approx(1 - workload.distinct_keys / workload.requests, abs=1e-12)
    assert not found.evicts


def test_drawn_for_ever_with_room_for_all_everything_hits() -> None:
    workload = trace(of_trace=False, skip=1_000, requests=5_000)
    assert Replays(workload, Server()).highest_hit_ratio() == 1.0


@pytest.mark.parametrize("hit_ratio", [0.1, 0.4, 0.6])
def test_the_textbooks_entries_are_the_first_on_its_curve(hit_ratio: float) -> None:
    workload = trace()
    entries = Replays(workload, Server()).lru_entries(hit_ratio)
    assert entries is not None
    curve = lru_curve(workload.ranks)
    assert curve.hit_ratio(entries) >= hit_ratio > curve.hit_ratio(entries - 1)


def test_the_textbook_too_cannot_pass_the_cold_misses() -> None:
    replays = Replays(trace(), Server())
    assert replays.lru_entries(replays.highest_hit_ratio() + 0.01) is None


def test_a_sample_of_the_keys_stands_for_all_of_them() -> None:
    ranks = drawn_keys(keys=20_000, requests=400_000, exponent=0.6)
    kept = np.random.default_rng(2).random(int(ranks.max()) + 1) < 0.25
    whole = trace(ranks=ranks, distinct_keys=int(ranks.max()) + 1, requests=ranks.size, rate_rps=1_000.0)
    sample = trace(
        ranks=np.unique(ranks[kept[ranks]], return_inverse=True)[1].astype(np.int64),
        distinct_keys=whole.distinct_keys,
        requests=whole.requests,
        rate_rps=1_000.0,
        arrivals_s=np.flatnonzero(kept[ranks]) / 1_000.0,
        share_ratio=0.25,
    )
    for entries in (1_000, 5_000):
        exact, estimated = (Replays(each, Server()) for each in (whole, sample))
        assert estimated.replay("allkeys-lru", entries).hit_ratio == pytest.approx(
            exact.replay("allkeys-lru", entries).hit_ratio, abs=0.02
        )
        assert estimated.lru_hit_ratio(entries) == pytest.approx(exact.lru_hit_ratio(entries), abs=0.02)


def test_a_time_to_live_past_the_end_changes_nothing() -> None:
    replays = Replays(trace(), Server(ttl_jitter_ratio=0.1))
    assert replays.nothing_expires(67.0)  # of 60 s
    assert not replays.nothing_expires(60.0)
    assert replays.replay("allkeys-lru", 50, 67.0) == replays.replay("allkeys-lru", 50)
    assert replays.replay("allkeys-lru", 50, 1.0).hit_ratio < replays.replay("allkeys-lru", 50).hit_ratio


@pytest.mark.parametrize("changed", [{"rate_rps": 0.0}, {"rate_rps": float("inf")}, {"share_ratio": 0.0}])
def test_what_cannot_be_is_refused(changed: dict[str, float]) -> None:
    with pytest.raises(PredictionError):
        Workload(**{"ranks": drawn_keys(), "distinct_keys": 300, "requests": 6_000, "rate_rps": 1.0, **changed})  # type: ignore[arg-type]
