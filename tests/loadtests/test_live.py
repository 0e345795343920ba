"""The live view adds up, on one machine and over workers."""

import json

import pytest

from loadtests.live import LiveView, table_rows
from loadtests.outcome import Outcome


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def filled(clock: Clock) -> LiveView:
    view = LiveView(clock)
    for _ in range(75):
        view.add(Outcome.HIT, 300_000)
    for _ in range(25):
        view.add(Outcome.MISS, 4_000_000)
    return view


def test_the_hit_ratio_counts_lookups_only() -> None:
    view = filled(Clock())
    view.add(Outcome.BYPASS, 1_000_000)
    assert view.hit_ratio() == pytest.approx(0.75)


def test_the_recent_hit_ratio_forgets() -> None:
    clock = Clock()
    view = filled(clock)
    clock.now += 4
    view.add(Outcome.MISS, 1_000_000)
    assert view.recent_hit_ratio() == pytest.approx(75 / 101)
    clock.now += 4
    assert view.recent_hit_ratio() == 0.0
    clock.now += 4
    assert view.recent_hit_ratio() is None
    assert view.hit_ratio() == pytest.approx(75 / 101)


def test_quantiles_are_within_a_bucket_of_the_truth() -> None:
    view = filled(Clock())
    assert view.histograms[Outcome.HIT].quantile_ms(0.5) == pytest.approx(0.3, rel=0.044)
    assert view.histograms[Outcome.MISS].quantile_ms(0.99) == pytest.approx(4.0, rel=0.044)
    assert view.histograms[Outcome.STALE].quantile_ms(0.5) is None


def test_a_master_that_merges_its_workers_sees_what_one_process_would() -> None:
    clock = Clock()
    worker, master = filled(clock), LiveView(clock)
    master.merge(json.loads(json.dumps(worker.take_unsent())))
    master.merge(json.loads(json.dumps(worker.take_unsent())))  # nothing new: nothing counted twice
    assert table_rows(master) == table_rows(worker)


def test_the_table_says_so_when_nothing_is_known() -> None:
    assert [row["value"] for row in table_rows(LiveView())] == ["unknown", "unknown"]


def test_the_table_gives_each_latency_a_unit_that_fits() -> None:
    rows = {row["name"]: row for row in table_rows(filled(Clock()))}
    assert rows["hit ratio, since the start"]["value"] == "75.0%"
    assert rows["hit"]["p50"].endswith(" µs")
    assert rows["miss"]["p99"].endswith(" ms")
