from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from analysis.results import Results, analyse
from analysis.run import read_run
from analysis.touched import Figure, touching
from tests.analysis.synthetic import ACTIVITY, read_manifest_entry, write_manifest, write_run
from tests.analysis.synthetic_capacity import ArmTruth, SearchTruth, add_search, write_search


def results(folder: Path, truth: SearchTruth) -> Results:
    return analyse(read_run(write_search(folder, truth)))


def codes(found: Results) -> list[str]:
    return [caution.code for caution in found.cautions]


def test_a_sound_search_has_no_caution(tmp_path: Path) -> None:
    assert codes(results(tmp_path / "run", SearchTruth())) == []


@pytest.mark.parametrize(("last", "expected"), [(0.66, []), (0.64, ["hit-ratio-moved"])])
def test_a_hit_ratio_that_moves_over_the_rates_is_a_doubt(
    tmp_path: Path, last: float, expected: list[str]
) -> None:
    found = results(tmp_path / "run", replace(SearchTruth(), hit_ratio=(0.7,) * 5 + (last,)))
    assert codes(found) == expected
    for caution in found.cautions:
        assert caution.sentence.startswith("Capacity: the hit ratio was 64 % at 2,212/s and 70 % at 531/s")
        assert (caution.severity, caution.operation, caution.threshold) == ("doubtful", "activity", 0.05)


def test_a_generator_at_its_limit_makes_the_capacity_a_lower_bound(tmp_path: Path) -> None:
    # At 1,858/s, the first rate above the capacity, it takes 93 % of one core.
    cached = ArmTruth(served_rps=2_000.0, cpu_s={"generator": 5e-4, "data-service": 1e-4})
    found = results(tmp_path / "run", replace(SearchTruth(), cached=cached))
    (caution,) = found.cautions
    assert caution.code == "generator-limited"
    assert caution.figure == pytest.approx(0.93, abs=0.005)
    assert "at 1,858/s of the cached arm the generator used 93 %" in caution.sentence
    assert "with the cache it may carry more" in found.headline


def test_too_few_blocks_are_a_doubt(tmp_path: Path) -> None:
    assert codes(results(tmp_path / "run", replace(SearchTruth(), blocks=2))) == ["few-blocks"]


def test_witnesses_that_disagree_at_one_rate_make_the_run_invalid(tmp_path: Path) -> None:
    folder = write_search(tmp_path / "run")
    entry = read_manifest_entry(folder)
    entry["legs"][7]["counters"]["redis"]["keyspace_hits"] += 1
    write_manifest(folder, entry)
    found = analyse(read_run(folder))
    assert codes(found) == ["conservation"]
    assert found.state == "invalid"
    assert found.cautions[0].sentence.startswith("Capacity: The witnesses disagree")


def test_a_block_that_lost_a_worker_has_no_part_in_the_capacity(tmp_path: Path) -> None:
    folder = write_search(tmp_path / "run")
    entry = read_manifest_entry(folder)
    leg = next(leg for leg in entry["legs"] if leg["block"] == 3)
    leg["lost_workers"] = 1
    write_manifest(folder, entry)
    found = analyse(read_run(folder))
    (caution,) = found.cautions
    assert (caution.code, caution.severity, caution.part) == ("blocks-left-out", "doubtful", "capacity")
    assert caution.sentence.startswith("Capacity: 1 of 8 blocks is left out of every estimate.")
    for arm in ("cached", "uncached"):
        held = found.capacity[0].arms[arm]
        assert [each.block for each in held.blocks] == [0, 1, 2, 4, 5, 6, 7]
        assert held.capacity.estimate.blocks == 7
        assert {rate.statistic.blocks for rate in held.rates} == {7}


def test_what_overload_does_is_no_doubt_but_other_programs_are(tmp_path: Path) -> None:
    folder = write_search(tmp_path / "run", replace(SearchTruth(), failing={("cached", 2, 5): 30}))
    assert codes(analyse(read_run(folder))) == []
    entry = read_manifest_entry(folder)
    for leg in entry["legs"]:
        seconds = (leg["ended_ns"] - leg["started_ns"]) / 1e9
        leg["counters"]["host"] = {
            "seconds": seconds,
            "cores": 2,
            "foreign_cpu_s": 0.5 * seconds,
            "pressure_s": seconds,
        }
    write_manifest(folder, entry)
    found = analyse(read_run(folder))
    assert codes(found) == ["foreign-cpu"]
    assert found.cautions[0].sentence.startswith("Capacity: In all 8 blocks")


def test_its_doubts_are_not_those_of_a_comparison_of_the_same_read(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", (ACTIVITY,), blocks=8)
    add_search(folder, replace(SearchTruth(), blocks=2))
    found = analyse(read_run(folder))
    assert [(caution.code, caution.part) for caution in found.cautions] == [("few-blocks", "capacity")]
    assert found.touching("activity") == ()
    assert touching(found.cautions, Figure.SPEED_UP, "activity") == ()
    assert found.state == "doubtful"


def test_a_lost_sample_makes_the_run_invalid(tmp_path: Path) -> None:
    folder = write_search(tmp_path / "run")
    file = folder / "samples" / "capacity-activity.parquet"
    pd.read_parquet(file).iloc[:-1].to_parquet(file)
    found = analyse(read_run(folder))
    assert "samples-lost" in codes(found)
    assert found.state == "invalid"
