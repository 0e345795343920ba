import math

import numpy as np
import pytest

from analysis.errors import PredictionError
from analysis.intervals import Values
from analysis.prediction.freshness import invalidated, left_to_ttl
from analysis.prediction.freshness_replay import FreshnessReplay, TimedReads, TimedWrites, replay_freshness
from analysis.prediction.lifetime import Lifetime
from analysis.prediction.popularity import zipf
from tests.analysis.prediction import simulated

NO_WRITES = TimedWrites(keys=np.array([], dtype=np.int64), done_s=np.array([]))


def reads(
    *sent_s: float, takes_s: float = 0.1, waits_s: float = 0.0, back_s: float = 0.0, key: int = 0
) -> TimedReads:
    times_s = np.array(sent_s)
    asked_s = times_s + waits_s
    return TimedReads(
        keys=np.full(times_s.size, key),
        sent_s=times_s,
        asked_s=asked_s,
        stored_s=asked_s + takes_s,
        done_s=asked_s + takes_s + back_s,
    )


def writes(*done_s: float, key: int = 0) -> TimedWrites:
    return TimedWrites(keys=np.full(len(done_s), key), done_s=np.array(done_s))


def replayed(
    asked: TimedReads, written: TimedWrites = NO_WRITES, *, ttl_s: float = 10.0, invalidates: bool = False
) -> FreshnessReplay:
    return replay_freshness(asked, written, np.full(asked.keys.size, ttl_s), invalidates=invalidates)


def test_an_entry_lives_from_when_it_was_filled() -> None:
    # Filled at 0.1 for ten seconds.
    assert replayed(reads(0.0, 10.05)).hits == 1
    assert replayed(reads(0.0, 10.15)).hits == 0


def test_reads_that_come_while_a_key_is_being_filled_miss_too() -> None:
    assert replayed(reads(0.0, 0.05, 0.12)).hits == 1


def test_age_runs_from_the_first_write_that_an_answer_lacks() -> None:
    found = replayed(reads(0.0, 5.0, 8.0), writes(-1.0, 3.0, 6.0))
    assert found.hits == 2
    assert found.ages_s.tolist() == pytest.approx([2.1, 5.1])


def test_what_waits_for_the_service_meets_the_cache_as_it_is_then() -> None:
    # The first is done at 0.6; the next is sent before that, and asks after it.
    assert replayed(reads(0.0, 0.3, waits_s=0.5)).hits == 1
    # A write that comes while a read waits is no write that its answer should have.
    late = replayed(reads(0.0, 5.0, waits_s=0.5), writes(5.2))
    assert (late.hits, late.ages_s.size) == (1, 0)


def test_an_answer_that_is_long_on_its_way_back_was_stored_before() -> None:
    assert replayed(reads(0.0, 0.2, takes_s=0.1, back_s=5.0)).hits == 1
    found = replayed(reads(0.0, 5.0, takes_s=0.1, back_s=0.5), writes(3.0))
    assert found.ages_s.tolist() == pytest.approx([2.6])  # as old as it was when it came


def test_a_write_to_another_key_makes_nothing_stale() -> None:
    assert not replayed(reads(0.0, 5.0), writes(3.0, key=1)).ages_s.size


def test_a_deletion_costs_a_miss_and_leaves_nothing_stale() -> None:
    found = replayed(reads(0.0, 5.0, 6.0), writes(3.0), invalidates=True)
    assert (found.hits, found.ages_s.size) == (1, 0)


def test_a_deletion_does_not_reach_what_is_stored_after_it() -> None:
    assert replayed(reads(0.0, 5.0), writes(0.05), invalidates=True).hits == 1


def test_warm_up_fills_and_is_not_counted() -> None:
    asked = reads(0.0, 1.0, 2.0)
    measured = np.array([False, True, True])
    found = replay_freshness(asked, NO_WRITES, np.full(3, 10.0), invalidates=False, counted=measured)
    assert (found.requests, found.hits) == (2, 2)


@pytest.mark.parametrize("invalidates", [False, True])
def test_poisson_traffic_comes_to_the_law(invalidates: bool) -> None:
    popularity, life, rng = zipf(300, 0.9), Lifetime(ttl_s=5.0, jitter_ratio=0.3), np.random.default_rng(8)

    def drawn(rate_rps: float) -> tuple[simulated.Keys, Values]:
        count = int(rate_rps * 1_000)
        return simulated.draw(popularity, count, rng), simulated.poisson_times_s(count, rate_rps, rng)

    (asked, sent_s), (written, done_s) = drawn(200.0), drawn(10.0)
    found = replay_freshness(
        TimedReads(keys=asked, sent_s=sent_s, asked_s=sent_s, stored_s=sent_s, done_s=sent_s + 1e-6),
        TimedWrites(keys=written, done_s=done_s),
        life.draw_s(rng, asked.size),
        invalidates=invalidates,
        counted=sent_s > 100.0,
    )
    law = (invalidated if invalidates else left_to_ttl)(
        popularity, read_rate_rps=200.0, write_rate_rps=10.0, lifetime=life
    )
    assert found.hit_ratio == pytest.approx(law.hit_ratio, abs=0.004)
    assert found.stale_ratio == pytest.approx(law.stale_ratio, abs=0.01)
    if law.age_p50_s is not None:
        assert float(np.median(found.ages_s)) == pytest.approx(law.age_p50_s, rel=0.05)


def test_what_does_not_fit_together_is_refused() -> None:
    with pytest.raises(PredictionError, match="2 reads need as many ascending"):
        replayed(reads(1.0, 0.0))
    with pytest.raises(PredictionError, match="1 writes need as many"):
        replayed(reads(0.0), writes(math.nan))
    with pytest.raises(PredictionError, match="flags, not 2, 2, 2, 1, 2"):
        replay_freshness(reads(0.0, 1.0), NO_WRITES, np.ones(1), invalidates=False)
    with pytest.raises(PredictionError, match="none of the 1 reads"):
        replay_freshness(reads(0.0), NO_WRITES, np.ones(1), invalidates=False, counted=np.array([False]))
    with pytest.raises(PredictionError, match="at least one request"):
        replayed(reads())
