"""Digests are set once for what was measured and anew for what was made of it."""

import hashlib
import json
from pathlib import Path

import pytest

from analysis.digests import (
    DIGESTS,
    FileDigest,
    fingerprint,
    lab_version,
    read_digests,
    record_made,
    seal_measured,
)
from analysis.errors import RunError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "samples").mkdir()
    (tmp_path / "run.json").write_bytes(b"{}")
    (tmp_path / "samples" / "worker-0.parquet").write_bytes(b"rows")
    (tmp_path / "report.md").write_bytes(b"text")
    return tmp_path


def test_the_seal_covers_run_json_and_every_sample_file(folder: Path) -> None:
    seal_measured(folder)
    digests = read_digests(folder)
    assert digests.measured == {
        "run.json": FileDigest(sha256=hashlib.sha256(b"{}").hexdigest(), size_bytes=2),
        "samples/worker-0.parquet": FileDigest(sha256=hashlib.sha256(b"rows").hexdigest(), size_bytes=4),
    }
    assert digests.made is None


def test_a_report_made_again_does_not_renew_the_seal(folder: Path) -> None:
    seal_measured(folder)
    sealed = read_digests(folder).measured
    (folder / "samples" / "worker-0.parquet").write_bytes(b"other rows")
    record_made(folder, ["report.md"])
    digests = read_digests(folder)
    assert digests.measured == sealed
    assert digests.made == {"report.md": FileDigest(sha256=hashlib.sha256(b"text").hexdigest(), size_bytes=4)}
    assert digests.made_by == lab_version()


def test_a_report_seals_nothing_that_was_not_sealed(folder: Path) -> None:
    record_made(folder, ["report.md"])
    assert read_digests(folder).measured is None


def test_the_fingerprint_is_of_names_and_contents(folder: Path) -> None:
    seal_measured(folder)
    before = read_digests(folder).measured or {}
    (folder / "samples" / "worker-0.parquet").rename(folder / "samples" / "worker-1.parquet")
    seal_measured(folder)
    after = read_digests(folder).measured or {}
    assert fingerprint(before) == fingerprint(dict(reversed(before.items())))
    assert fingerprint(before) != fingerprint(after)


@pytest.mark.parametrize("text", ["{", "[]", '{"schema": 1}', '{"measured": {"run.json": {}}, "made": null}'])
def test_digests_that_do_not_read_are_an_error(folder: Path, text: str) -> None:
    (folder / DIGESTS).write_text(text)
    with pytest.raises(RunError, match=r"digests\.json does not read as digests"):
        read_digests(folder)


@pytest.mark.parametrize("name", ["../other/run.json", "/etc/passwd", "charts/../../x"])
def test_somebody_elses_digests_do_not_lead_out_of_their_folder(folder: Path, name: str) -> None:
    entry = {"measured": None, "made": {name: {"sha256": "0", "size_bytes": 1}}}
    (folder / DIGESTS).write_text(json.dumps(entry))
    with pytest.raises(RunError, match="outside of the run folder"):
        read_digests(folder)
