"""Run folders are whole, and `latest` is the newest."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from analysis.digests import digest_of, read_digests
from lab.errors import RunFolderError
from lab.run_folder import make_run_folder, point_latest_at, require_writable


def test_a_run_folder_is_named_by_its_moment_and_its_experiment(tmp_path: Path) -> None:
    folder = make_run_folder(tmp_path, "compare", datetime(2026, 11, 22, 14, 3, 11, tzinfo=UTC))
    assert folder.run_id == "2026-11-22T14-03-11-compare"
    assert folder.samples.is_dir()


def test_the_manifest_is_written_whole(tmp_path: Path) -> None:
    folder = make_run_folder(tmp_path, "compare")
    folder.write_manifest({"schema": 1})
    assert json.loads((folder.path / "run.json").read_text()) == {"schema": 1}
    assert {path.name for path in folder.path.iterdir() if path.is_file()} == {"run.json", "digests.json"}


def test_the_manifest_seals_the_measurement(tmp_path: Path) -> None:
    folder = make_run_folder(tmp_path, "compare")
    (folder.samples / "worker-0.parquet").write_bytes(b"rows")
    folder.write_manifest({"schema": 1})
    measured = read_digests(folder.path).measured
    assert measured == {name: digest_of(folder.path / name) for name in ("run.json", "samples/worker-0.parquet")}


def test_latest_moves_to_the_newest(tmp_path: Path) -> None:
    for second in (1, 2):
        folder = make_run_folder(tmp_path, "compare", datetime(2026, 1, 1, 0, 0, second, tzinfo=UTC))
        point_latest_at(folder.path)
        assert (tmp_path / "latest").resolve() == folder.path.resolve()


def test_a_reports_folder_that_cannot_be_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunFolderError, match="--reports"):
        require_writable(tmp_path / "file" / "reports")
