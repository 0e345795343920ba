from pathlib import Path

import pytest

from analysis.errors import PredictionError, RunError
from analysis.results import Results
from analysis.size.times import read_times


def test_hits_and_misses_are_those_of_the_cached_arm(reported: tuple[Path, Results]) -> None:
    folder, results = reported
    (read,) = (read for read in results.reads if read.operation == "similar")
    found = read_times(folder, "similar")
    requests = read.requests["cached"]
    assert (found.times.hits, found.times.misses) == (requests["hit"], requests["miss"])
    assert found.times.hit_mean_s is not None
    assert found.times.miss_mean_s is not None
    assert found.times.hit_mean_s < found.times.miss_mean_s
    assert found.run_id == folder.name


def test_the_databases_time_a_read_is_that_of_the_uncached_legs(reported: tuple[Path, Results]) -> None:
    folder, results = reported
    (read,) = (read for read in results.reads if read.operation == "similar")
    found = read_times(folder, "similar").database_cpu_s
    assert found is not None
    assert found == pytest.approx(read.cpu_per_request_s["postgresql"]["uncached"].value, rel=0.05)


def test_a_read_that_was_not_compared_is_told_with_the_next_step(reported: tuple[Path, Results]) -> None:
    with pytest.raises(PredictionError, match="lab run compare --read other"):
        read_times(reported[0], "other")


def test_a_folder_that_is_no_run_is_told(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="not a run folder"):
        read_times(tmp_path, "user")
