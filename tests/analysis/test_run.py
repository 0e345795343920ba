import json
from pathlib import Path

import pytest

from analysis.errors import AnalysisError, RunError
from analysis.results import analyse
from analysis.run import read_run
from tests.analysis.changed import add_writes
from tests.analysis.synthetic import read_manifest_entry, read_rows, write_manifest, write_run, write_samples


def test_a_run_folder_is_read_whole(tmp_path: Path) -> None:
    run = read_run(write_run(tmp_path / "run", blocks=6, requests=50))
    assert run.manifest.experiment == "compare"
    assert run.manifest.reads[0].cache_entries_held == 1_012
    assert len(run.measured_legs("similar")) == 12
    assert len(run.measured) == 12 * 50
    assert len(run.samples) == (12 + 3) * 50


def test_what_this_version_does_not_know_is_left_alone(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", blocks=2, requests=10)
    entry = read_manifest_entry(folder)
    entry["legs"][0]["pressure"] = {"cpu": 0.1}
    write_manifest(folder, entry | {"later": True})
    assert read_run(folder).manifest.run_id == "run"


def test_a_folder_that_is_no_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"run\.json is missing.*not a run folder"):
        read_run(tmp_path)


def test_a_run_json_that_is_cut_off_is_named(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", blocks=2, requests=10)
    file = folder / "run.json"
    file.write_text(file.read_text()[:500])
    with pytest.raises(RunError, match=r"run\.json is not whole JSON.*measure again"):
        read_run(folder)


@pytest.mark.parametrize("key", ["legs", "machine", "stack", "run_id"])
def test_a_missing_key_is_named(tmp_path: Path, key: str) -> None:
    folder = write_run(tmp_path / "run", blocks=2, requests=10)
    entry = read_manifest_entry(folder)
    del entry[key]
    write_manifest(folder, entry)
    with pytest.raises(RunError, match=f"lacks '{key}'"):
        read_run(folder)


@pytest.mark.parametrize("entry", [[], {"schema": 2}, {"schema": 1, "experiment": "compare"}, 7])
def test_json_that_is_not_a_run_is_refused(tmp_path: Path, entry: object) -> None:
    (tmp_path / "run.json").write_text(json.dumps(entry))
    with pytest.raises(RunError, match=r"run\.json"):
        read_run(tmp_path)


def test_every_error_of_the_package_has_one_base() -> None:
    assert issubclass(RunError, AnalysisError)


def test_writes_beside_the_reads_have_no_part_in_what_is_said_of_them(tmp_path: Path) -> None:
    truths = {"blocks": 4, "requests": 80}
    without, beside = (write_run(tmp_path / place / "run", **truths) for place in ("without", "beside"))
    add_writes(beside)
    write_samples(without, read_rows(without))  # in the same order as there, to the last digit of every mean
    run = read_run(beside)
    assert len(run.writes) > 0
    assert set(run.writes["operation"]) == {"write"}
    assert len(run.samples) == len(read_run(without).samples)
    assert analyse(run).to_json() == analyse(read_run(without)).to_json()
