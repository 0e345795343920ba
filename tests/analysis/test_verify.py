"""A run verifies where nothing was touched; whatever is touched is named."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analysis.digests import DIGESTS, read_digests, seal_measured
from analysis.errors import RunError
from analysis.report import write_report
from analysis.verify import Verification, verify_run
from tests.analysis.changed import alter_one_answer
from tests.analysis.synthetic import ACTIVITY, Truth, read_manifest_entry, write_manifest, write_run

TWO_READS = (Truth(blocks=3, requests=120), Truth(operation="user", route=ACTIVITY.route, blocks=3, requests=100))


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run as the lab leaves it: measured, sealed, reported."""
    folder = write_run(tmp_path_factory.mktemp("there") / "2026-11-22T14-03-11-compare", TWO_READS)
    seal_measured(folder)
    write_report(folder)
    return folder


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    """A copy of it, as on another machine."""
    return Path(shutil.copytree(original, tmp_path / "received"))


def differing(verification: Verification) -> set[str]:
    return {difference.file for difference in verification.differences}


def change_json(file: Path, change: Callable[[dict[str, Any]], None]) -> None:
    entry = json.loads(file.read_text("utf-8"))
    change(entry)
    file.write_text(json.dumps(entry, indent=2, ensure_ascii=False) + "\n", "utf-8")


def test_an_untouched_run_verifies_elsewhere(folder: Path) -> None:
    found = verify_run(folder)
    assert found.differences == ()
    assert found.complete
    assert found.notes == ()
    assert {each.subject for each in found.comparisons} == {
        "run.json and samples",
        "report and charts",
        "results.json",
        "report.md",
        "report.html",
        *(f"charts/{name}.json" for name in ("speedup", "hit_ratio", "database_calls")),
        *(f"charts/{kind}_{read}.json" for kind in ("latency", "waterfall") for read in ("similar", "user")),
    }
    assert all(each.compared > 0 for each in found.comparisons)


def test_every_number_of_the_results_is_compared(folder: Path) -> None:
    results = json.loads((folder / "results.json").read_text("utf-8"))

    def leaves(value: Any) -> int:
        if isinstance(value, dict | list) and value:
            return sum(leaves(each) for each in (value.values() if isinstance(value, dict) else value))
        return 1 if not isinstance(value, dict | list) else 0

    compared = next(each.compared for each in verify_run(folder).comparisons if each.subject == "results.json")
    assert compared == leaves(results) > 500


@pytest.mark.parametrize("by_ns", [1_000, 1_000_000])
def test_a_single_altered_sample_is_found_by_its_digest_and_by_the_numbers_it_moved(
    folder: Path, by_ns: int
) -> None:
    alter_one_answer(folder, by_ns)
    found = verify_run(folder)
    assert {"samples/worker-0.parquet", "results.json"} <= differing(found)
    moved = [each.where or "" for each in found.differences if each.file == "results.json"]
    assert any("response_time" in place or "response.mean" in place for place in moved)
    assert all(each.recorded != each.found for each in found.differences)


def test_a_report_made_again_from_altered_samples_does_not_verify(folder: Path) -> None:
    alter_one_answer(folder, 1_000_000)
    write_report(folder)
    assert differing(verify_run(folder)) == {"samples/worker-0.parquet"}


def test_an_altered_run_json_is_found(folder: Path) -> None:
    entry = read_manifest_entry(folder)
    entry["reads"][0]["offered_rate_rps"] *= 2
    write_manifest(folder, entry)
    assert {"run.json", "results.json", "report.md", "report.html"} <= differing(verify_run(folder))


def test_an_altered_number_is_named_with_both_values(folder: Path) -> None:
    def flatter(results: dict[str, Any]) -> None:
        results["reads"][0]["speed_up"]["mean"]["value"] += 1e-6

    truth = json.loads((folder / "results.json").read_text("utf-8"))["reads"][0]["speed_up"]["mean"]["value"]
    change_json(folder / "results.json", flatter)
    found = verify_run(folder)
    by_value = [each for each in found.differences if each.where]
    assert [each.where for each in by_value] == ["reads[0].speed_up.mean.value"]
    assert float(by_value[0].recorded) == truth + 1e-6
    assert float(by_value[0].found) == truth


@pytest.mark.parametrize("name", ["report.md", "report.html"])
def test_an_altered_word_of_a_report_is_found_with_its_line(folder: Path, name: str) -> None:
    text = (folder / name).read_text("utf-8")
    assert "pays" in text
    (folder / name).write_text(text.replace("pays", "soars", 1), "utf-8")
    by_line = [each for each in verify_run(folder).differences if each.where]
    assert len(by_line) == 1
    assert by_line[0].file == name
    assert "soars" in by_line[0].recorded
    assert "pays" in by_line[0].found


def test_an_altered_point_of_a_chart_is_found(folder: Path) -> None:
    file = folder / "charts" / "latency_similar.json"

    def lower(entry: dict[str, Any]) -> None:
        entry["columns"]["value_s"][7] *= 0.99

    change_json(file, lower)
    places = [(each.file, each.where) for each in verify_run(folder).differences if each.where]
    assert places == [("charts/latency_similar.json", "columns.value_s[7]")]


def test_an_altered_picture_is_found_by_its_digest(folder: Path) -> None:
    file = folder / "charts" / "speedup.png"
    file.write_bytes(file.read_bytes() + b"\0")
    assert differing(verify_run(folder)) == {"charts/speedup.png"}


@pytest.mark.parametrize("name", ["results.json", "report.md", "charts/speedup.png", "charts/speedup.json"])
def test_a_missing_file_is_named_once(folder: Path, name: str) -> None:
    (folder / name).unlink()
    found = verify_run(folder).differences
    assert [(each.file, each.found) for each in found] == [(name, "no such file")]


def test_a_missing_sample_file_is_found(folder: Path) -> None:
    (folder / "samples" / "worker-1.parquet").unlink()
    found = verify_run(folder)
    assert "samples/worker-1.parquet" in differing(found)
    assert any("state" in (each.where or "") for each in found.differences)


def test_an_added_sample_file_and_an_added_chart_are_found(folder: Path) -> None:
    shutil.copy(folder / "samples" / "worker-0.parquet", folder / "samples" / "worker-2.parquet")
    shutil.copy(folder / "charts" / "speedup.png", folder / "charts" / "better.png")
    assert {"samples/worker-2.parquet", "charts/better.png"} <= differing(verify_run(folder))


def test_what_lies_beside_the_run_is_mentioned_and_what_was_exported_is_not(folder: Path) -> None:
    (folder / "notes.txt").write_text("mine")
    (folder / "exports").mkdir()
    (folder / "generator.log").write_text("")
    found = verify_run(folder)
    assert found.differences == ()
    assert found.notes == ("Not part of the run, and not looked at: notes.txt.",)


def test_without_samples_the_digests_are_compared_and_it_says_so(folder: Path) -> None:
    shutil.rmtree(folder / "samples")
    found = verify_run(folder)
    assert not found.complete
    assert found.differences == ()
    assert [each.subject for each in found.comparisons] == ["run.json and samples", "report and charts"]
    assert any("no number was computed again" in note for note in found.notes)
    (folder / "report.md").write_text("other")
    assert differing(verify_run(folder)) == {"report.md"}


def test_a_sample_file_that_cannot_be_read_is_found_by_its_digest(folder: Path) -> None:
    file = folder / "samples" / "worker-0.parquet"
    file.write_bytes(file.read_bytes()[:-100])
    found = verify_run(folder)
    assert differing(found) == {"samples/worker-0.parquet"}
    assert not found.complete


def test_a_run_without_digests_is_held_to_its_numbers_and_it_says_so(folder: Path) -> None:
    (folder / DIGESTS).unlink()
    (folder / "charts" / "speedup.json").unlink()
    found = verify_run(folder)
    assert found.differences == ()
    assert found.fingerprint is None
    assert any("No digests were set" in note for note in found.notes)
    alter_one_answer(folder, 1_000)
    assert "results.json" in differing(verify_run(folder))


def test_neither_samples_nor_digests_is_an_error(folder: Path) -> None:
    shutil.rmtree(folder / "samples")
    (folder / DIGESTS).unlink()
    with pytest.raises(RunError, match=r"holds no \.parquet file"):
        verify_run(folder)


def test_a_folder_that_is_no_run_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="is not a run folder"):
        verify_run(tmp_path)


def test_a_report_by_another_version_is_said_and_still_compared(folder: Path) -> None:
    def by_another(entry: dict[str, Any]) -> None:
        entry["made_by"] = "0.0.9"

    change_json(folder / DIGESTS, by_another)
    found = verify_run(folder)
    assert [note for note in found.notes if "0.0.9" in note and found.checked_by in note]
    assert found.differences == ()
    assert len(found.comparisons) > 2


def test_results_that_are_no_json_are_a_difference(folder: Path) -> None:
    (folder / "results.json").write_text("{")
    assert any("no whole JSON" in each.recorded for each in verify_run(folder).differences)


def test_the_fingerprint_is_that_of_the_measurement_alone(folder: Path) -> None:
    before = verify_run(folder).fingerprint
    write_report(folder)
    assert verify_run(folder).fingerprint == before is not None


def test_charts_of_an_earlier_report_do_not_stay_behind(folder: Path) -> None:
    entry = read_manifest_entry(folder)
    dropped = entry["reads"].pop()
    entry["legs"] = [leg for leg in entry["legs"] if leg["operation"] != dropped["operation"]]
    write_manifest(folder, entry)
    (folder / "charts" / "mine.png").write_bytes(b"kept")
    write_report(folder)
    left = {file.name for file in (folder / "charts").iterdir()}
    assert not {name for name in left if name.startswith(f"latency_{dropped['operation']}")}
    assert "mine.png" in left
    assert set(read_digests(folder).made or {}) == {
        "results.json",
        "report.md",
        "report.html",
        *(f"charts/{name}" for name in left - {"mine.png"}),
    }


def test_a_run_in_which_requests_failed_verifies(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", blocks=2, requests=50)
    file = folder / "samples" / "worker-0.parquet"
    rows = pd.read_parquet(file).astype({"outcome": str})
    rows.loc[::9, "outcome"] = "timeout"
    rows.astype({"outcome": "category"}).to_parquet(file)
    seal_measured(folder)
    write_report(folder)
    assert verify_run(folder).differences == ()
