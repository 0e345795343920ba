import json
import shutil
from pathlib import Path

import pytest

from analysis.errors import AnalysisError
from analysis.index import write_index
from analysis.results import Results
from tests.analysis.synthetic import read_manifest_entry, write_manifest


@pytest.fixture
def reports(tmp_path: Path, reported: tuple[Path, Results]) -> Path:
    """Three runs of three hours, the middle one written last."""
    for hour in (9, 17, 12):
        folder = tmp_path / f"run-at-{hour:02}"
        folder.mkdir()
        for name in ("run.json", "results.json"):
            shutil.copy(reported[0] / name, folder)
        write_manifest(folder, read_manifest_entry(folder) | {"started_at": f"2026-11-22T{hour:02}:00:00Z"})
    return tmp_path


def test_runs_are_listed_newest_first(reports: Path) -> None:
    text = write_index(reports).read_text("utf-8")
    places = [text.index(f'href="run-at-{hour}/report.html"') for hour in ("17", "12", "09")]
    assert places == sorted(places)
    assert "Unreadable" not in text


def test_what_is_no_run_is_passed_over(reports: Path) -> None:
    (reports / "notes").mkdir()
    (reports / "latest").symlink_to(reports / "run-at-17")
    text = write_index(reports).read_text("utf-8")
    assert "notes" not in text
    assert text.count("<article") == 3


def test_a_run_that_cannot_be_read_is_named(reports: Path) -> None:
    (reports / "run-at-09" / "results.json").unlink()
    (reports / "run-at-12" / "results.json").write_text("{")
    (reports / "run-at-17" / "run.json").write_text("{}")
    text = write_index(reports).read_text("utf-8")
    assert "results.json is missing: make its report first" in text
    assert text.count("<li><code>run-at-") == 3
    assert "No run has a report yet" in text


def test_results_without_a_key_are_named(reports: Path) -> None:
    file = reports / "run-at-12" / "results.json"
    entry = json.loads(file.read_text("utf-8"))
    del entry["headline"]
    file.write_text(json.dumps(entry))
    assert "does not read as results" in write_index(reports).read_text("utf-8")


def test_names_are_escaped(reports: Path) -> None:
    (reports / "run-at-09").rename(reports / "a & b?")
    text = write_index(reports).read_text("utf-8")
    assert 'href="a%20%26%20b%3F/report.html"' in text
    assert "a &amp; b?" in text


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(AnalysisError, match="cannot be read or written"):
        write_index(tmp_path / "nowhere")
