from dataclasses import replace

import pytest

from analysis.point import Point, counted, kept_legs
from analysis.run import FRESHNESS, Run, read_run
from tests.analysis.synthetic_freshness import FreshTruth, write_freshness


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    truth = FreshTruth(ttls_s=(1.0,), write_rates_rps=(8.0,), policies=("none",), legs=4)
    return read_run(write_freshness(tmp_path_factory.mktemp("point") / "run", truth))


@pytest.fixture(scope="module")
def point(run: Run) -> Point:
    return Point(list(kept_legs(run, "user", FRESHNESS, ()).values()), run.samples)


def test_only_the_samples_of_its_legs_are_its_own(run: Run, point: Point) -> None:
    assert point.requests == len(run.in_blocks(FRESHNESS)) < len(run.samples)
    assert set(point.samples["leg"]) == {leg.leg for leg in point.legs}


def test_pauses_between_legs_have_no_part_in_a_rate(point: Point) -> None:
    assert point.seconds == pytest.approx(4 * 6.0)
    assert point.rate_rps == pytest.approx(point.requests / 24.0)


def test_estimates_are_over_the_legs(point: Point) -> None:
    hits = (point.samples["outcome"] == "hit").groupby(point.samples["leg"]).mean()
    found = point.hit_ratio()
    assert (found.value, found.blocks) == (pytest.approx(hits.mean()), 4)
    assert point.response_time("p50").value == pytest.approx(300e-6)
    calls = sum(counted(leg, "postgresql", "calls") or 0 for leg in point.legs)
    assert point.a_second("postgresql", "calls").value == pytest.approx(calls / 24.0)


def test_what_nobody_counted_is_unknown(point: Point) -> None:
    blind = [replace(point.legs[0], counters=None)]
    assert counted(blind[0], "redis", "evicted_keys") is None
    assert Point(blind, point.samples).a_second("redis", "evicted_keys").value is None


def test_legs_of_blocks_that_are_left_out_are_not_kept(run: Run) -> None:
    assert [leg.block for leg in kept_legs(run, "user", FRESHNESS, {("user", 1)}).values()] == [0, 2, 3]
