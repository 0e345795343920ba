from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.freshness_forecast import REPLAYS, FreshnessForecaster
from analysis.prediction.freshness import left_to_ttl
from analysis.prediction.lifetime import Lifetime
from analysis.prediction.popularity import zipf
from analysis.run import Run, read_run
from analysis.staleness import commits_of
from tests.analysis.synthetic_freshness import FreshTruth, write_freshness


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    truth = FreshTruth(ttls_s=(1.0,), write_rates_rps=(8.0,))
    return read_run(write_freshness(tmp_path_factory.mktemp("forecast") / "run", truth))


def test_the_law_is_taken_at_the_rates_given_and_with_the_jitter_of_the_plan(run: Run) -> None:
    (plan,) = run.manifest.freshness
    found = FreshnessForecaster(run.manifest, plan).predict(plan.cells[0], 100.0, 3.0)
    life = Lifetime(ttl_s=1.0, jitter_ratio=0.1)
    assert found == left_to_ttl(zipf(200, 0.9), read_rate_rps=100.0, write_rate_rps=3.0, lifetime=life)


def test_a_write_policy_that_is_not_known_has_no_law_and_no_replay(run: Run) -> None:
    (plan,) = run.manifest.freshness
    cell = replace(plan.cells[0], policy="write-through")
    forecaster = FreshnessForecaster(run.manifest, replace(plan, cells=(cell,)))
    assert forecaster.predict(cell, 100.0, 3.0) is None
    assert forecaster.replay(cell, run.samples, commits_of(run.writes), cell.legs) == ()
    assert list(forecaster.curves()) == []


def test_replays_count_the_legs_asked_for_and_differ_in_the_lifetimes_drawn(run: Run) -> None:
    (plan,) = run.manifest.freshness
    cell = plan.cells[0]
    sent = run.samples[run.samples["leg"] <= cell.legs[-1]]
    found = FreshnessForecaster(run.manifest, plan).replay(cell, sent, commits_of(run.writes), cell.legs[:1])
    assert len(found) == REPLAYS
    assert {each.requests for each in found} == {int((sent["leg"] == cell.legs[0]).sum())}
    assert float(np.std([each.hit_ratio for each in found])) > 0


def test_what_was_never_answered_cannot_be_replayed(run: Run) -> None:
    (plan,) = run.manifest.freshness
    cell = plan.cells[0]
    lost = run.samples.assign(failed=True)
    assert FreshnessForecaster(run.manifest, plan).replay(cell, lost, commits_of(run.writes), cell.legs) == ()


def test_a_read_that_waited_for_the_service_asks_the_cache_late(run: Run) -> None:
    """Where the service says how long it took, the wait before that has no part in what fills and finds."""
    (plan,) = run.manifest.freshness
    cell = plan.cells[0]
    sent = run.samples[run.samples["leg"] <= cell.legs[-1]]
    slow = sent.assign(done_ns=sent["done_ns"] + 80_000_000)
    forecaster, commits = FreshnessForecaster(run.manifest, plan), commits_of(run.writes)

    def hits(reads: pd.DataFrame) -> float:
        return float(np.mean([each.hit_ratio for each in forecaster.replay(cell, reads, commits, cell.legs)]))

    untold, told = hits(slow), hits(slow.assign(app_ns=pd.array([500_000] * len(slow), dtype="Int64")))
    assert told == pytest.approx(hits(sent), abs=0.005)
    assert untold < told - 0.02
