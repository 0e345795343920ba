import json
from dataclasses import replace
from pathlib import Path

import pytest

from analysis.capacity import Capacity, measure_capacity
from analysis.capacity_sentence import summarise_capacity
from analysis.censoring import Side
from analysis.report import write_report
from analysis.results import analyse
from analysis.run import read_run
from tests.analysis.synthetic import read_manifest_entry, write_manifest, write_run
from tests.analysis.synthetic_capacity import SHARES, ArmTruth, SearchTruth, add_search, write_search


def searched(folder: Path, truth: SearchTruth) -> Capacity:
    (found,) = measure_capacity(read_run(write_search(folder, truth)))
    return found


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Capacity:
    return searched(tmp_path_factory.mktemp("capacity") / "run", SearchTruth())


@pytest.mark.parametrize("arm", ["cached", "uncached"])
def test_the_interval_of_a_capacity_holds_the_truth(found: Capacity, arm: str) -> None:
    estimate = found.arms[arm].capacity.estimate
    truth = SearchTruth()
    assert estimate.bounds is not None
    assert estimate.bounds[0] <= truth.arm(arm).capacity_rps(truth.limit_s) <= estimate.bounds[1]
    assert estimate.bounds[1] / estimate.bounds[0] < 1.2
    assert (estimate.blocks, estimate.count) == (8, 8 * 6 * 400)


def test_the_ratio_pairs_the_arms_of_each_block(found: Capacity) -> None:
    ratio = found.ratio.estimate
    assert ratio.value == pytest.approx(SearchTruth().ratio, rel=0.02)
    assert ratio.bounds is not None
    # What makes a block slow makes both arms slow: the ratio is known better than either capacity.
    cached = found.arms["cached"].capacity.estimate.bounds
    assert cached is not None
    assert ratio.bounds[1] / ratio.bounds[0] < cached[1] / cached[0]


def test_each_rate_has_its_latency_its_achieved_rate_and_its_hit_ratio(found: Capacity) -> None:
    truth = SearchTruth()
    cached, uncached = found.arms["cached"].rates, found.arms["uncached"].rates
    assert [rate.rate_rps for rate in cached] == pytest.approx(truth.rates_rps("cached"))
    for rate in cached[:4]:
        assert rate.statistic.bounds is not None
        assert rate.statistic.bounds[0] <= truth.cached.p99_s(rate.rate_rps) <= rate.statistic.bounds[1]
        assert rate.p50.value is not None
        assert rate.p50.value < (rate.statistic.value or 0.0)
        assert rate.achieved_rps.value == pytest.approx(rate.rate_rps, rel=0.02)
    assert all(rate.hit_ratio.value == pytest.approx(0.7) for rate in cached)
    assert all(rate.hit_ratio.value is None for rate in uncached)
    assert cached[-1].achieved_rps.value is not None
    assert cached[-1].achieved_rps.value < 0.5 * cached[-1].rate_rps


def test_the_time_before_a_request_was_sent_counts(tmp_path: Path, found: Capacity) -> None:
    folder = write_search(tmp_path / "run")
    run = read_run(folder)
    late = run.samples.assign(service_s=0.001)
    (again,) = measure_capacity(replace(run, samples=late))
    assert again.arms["cached"].capacity == found.arms["cached"].capacity


def test_an_arm_that_keeps_the_objective_at_every_rate_has_a_lower_bound(tmp_path: Path) -> None:
    low = replace(SearchTruth(), shares=tuple(share * 0.7 for share in SHARES))
    found = searched(tmp_path / "run", low)
    for arm in ("cached", "uncached"):
        held = found.arms[arm]
        assert held.capacity.estimate.value is None
        assert held.capacity.at_least == pytest.approx(low.rates_rps(arm)[-1])
        assert {each.capacity.side for each in held.blocks if each.capacity} == {Side.AT_LEAST}
    assert not found.ratio.known
    assert "keeps p99<20ms up to at least 1,549/s, without it up to at least 499/s." in summarise_capacity(found)


def test_an_arm_that_never_keeps_the_objective_has_an_upper_bound(tmp_path: Path) -> None:
    slow = replace(SearchTruth(), uncached=ArmTruth(served_rps=800.0), limit_s=0.004)
    high = replace(slow, uncached=ArmTruth(served_rps=1_300.0), shares=tuple(share * 8 for share in SHARES))
    found = searched(tmp_path / "run", high)
    assert found.arms["uncached"].capacity.below == pytest.approx(high.rates_rps("uncached")[0])
    assert found.arms["uncached"].capacity.at_least is None
    assert "only below 357/s, if at all" in summarise_capacity(found)


def test_one_arm_beyond_what_was_tried_bounds_the_ratio(tmp_path: Path) -> None:
    truth = SearchTruth(cached=ArmTruth(served_rps=2_000.0), uncached=ArmTruth(served_rps=800.0))
    folder = write_search(tmp_path / "run", truth)
    entry = read_manifest_entry(folder)
    kept = truth.rates_rps("cached")[:4]
    entry["capacity"][0]["arms"]["cached"]["rates_rps"] = kept
    write_manifest(folder, entry)
    (found,) = measure_capacity(read_run(folder))
    assert found.arms["cached"].capacity.at_least == pytest.approx(kept[-1])
    assert found.ratio.estimate.value is None
    assert found.ratio.at_least is not None
    assert found.ratio.at_least < truth.ratio
    assert ": at least 2." in summarise_capacity(found)


def test_a_single_block_beyond_counts_with_its_bound_and_is_named(tmp_path: Path) -> None:
    failing = {("cached", 3, 0): 40}
    found = searched(tmp_path / "run", replace(SearchTruth(), failing=failing))
    capacity = found.arms["cached"].capacity
    assert capacity.estimate.value is not None
    assert "1 of 8 blocks broke p99<20ms at 531/s, the lowest rate offered" in (capacity.estimate.note or "")
    assert found.arms["cached"].rates[0].failures == 40
    assert found.arms["cached"].rates[0].statistic.value is not None


def test_a_quantile_that_no_leg_can_bound_leaves_nothing_to_say(tmp_path: Path) -> None:
    found = searched(tmp_path / "run", replace(SearchTruth(), requests=200))
    assert not found.arms["cached"].capacity.known
    assert found.arms["cached"].rates[0].statistic.note == "needs 368 samples a block"
    assert found.arms["cached"].rates[0].p50.value is not None
    sentence = summarise_capacity(found)
    assert "is not known" in sentence
    assert "needs 368 samples a block" in sentence


def test_the_headline_of_a_search_is_its_sentence(tmp_path: Path) -> None:
    results = analyse(read_run(write_search(tmp_path / "run")))
    assert results.state == "valid"
    assert results.headline == (
        "With the cache GET /user/<name>/activity keeps p99<20ms up to 1,774/s (1,713–1,837), without it up to "
        "581/s (557–605): 3.06 times (3.03–3.08)."
    )


def test_arms_that_do_not_differ_are_said_not_to(tmp_path: Path) -> None:
    same = ArmTruth(served_rps=900.0)
    assert summarise_capacity(searched(tmp_path / "run", SearchTruth(cached=same, uncached=same))).endswith(
        ", no difference that this run can tell."
    )


def test_a_comparison_may_have_searched_too(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", blocks=6, requests=100)
    for operation in ("activity", "similar"):
        add_search(folder, replace(SearchTruth(), operation=operation, blocks=6))
    results = write_report(folder)
    assert [found.operation for found in results.capacity] == ["activity", "similar"]
    assert "keeps p99" not in results.headline
    entry = json.loads((folder / "results.json").read_text())
    assert [found["operation"] for found in entry["capacity"]] == ["activity", "similar"]
    assert entry["capacity"][0]["arms"]["cached"]["capacity"]["estimate"]["unit"] == "1/s"
    assert entry["capacity"][0]["arms"]["cached"]["load"]["limit"] == "none"
    for operation in ("activity", "similar"):
        assert (folder / "charts" / f"capacity_{operation}.png").exists()
    for name in ("report.md", "report.html"):
        text = (folder / name).read_text()
        assert "How much load each arm carries" in text
        assert "pool-adjacent-violators" in text


def test_a_run_that_was_cut_off_in_the_first_block_is_not_valid(tmp_path: Path) -> None:
    folder = write_search(tmp_path / "run", replace(SearchTruth(), blocks=1))
    entry = read_manifest_entry(folder)
    entry["legs"] = [leg for leg in entry["legs"] if leg["arm"] == "cached"]
    write_manifest(folder, entry)
    file = folder / "samples" / "capacity-activity.parquet"
    samples = read_run(folder).samples
    assert file.exists()
    run = read_run(folder)
    results = analyse(replace(run, samples=samples[samples["arm"] == "cached"]))
    assert results.state == "invalid"
    assert "arm-missing" in {caution.code for caution in results.cautions}
