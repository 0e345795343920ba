"""`lab verify` says what agrees and what differs, and ends as scripts expect."""

import json
import shutil
from pathlib import Path

import pytest

from analysis.digests import seal_measured
from analysis.report import write_report
from analysis.verify import verify_run
from lab.verification_text import SHOWN, format_lines
from tests.analysis.changed import alter_one_answer
from tests.analysis.synthetic import Truth, write_run
from tests.lab.conftest import Lab


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    run = write_run(tmp_path / "run", [Truth(blocks=2, requests=60)])
    seal_measured(run)
    write_report(run)
    return run


def test_a_good_run_is_verified(lab: Lab, folder: Path) -> None:
    ended = lab("verify", str(folder))
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines()[-1] == "Verified: all that was compared agrees."
    for subject in ("run.json and samples", "results.json", "report.md", "report.html", "data of the charts"):
        assert f"{subject}: " in ended.stdout
    assert "differs" not in ended.stdout


def test_an_altered_sample_ends_with_3_and_is_named(lab: Lab, folder: Path) -> None:
    alter_one_answer(folder, 1_000, row=5)
    ended = lab("verify", str(folder))
    assert ended.returncode == 3
    assert "samples/worker-0.parquet: recorded SHA-256" in ended.stdout
    assert "results.json, reads[0]." in ended.stdout
    assert ended.stdout.splitlines()[-1].startswith("Not verified: ")


def test_only_the_first_differences_are_shown_and_the_rest_counted(folder: Path) -> None:
    alter_one_answer(folder, 1_000_000, row=5)
    verification = verify_run(folder)
    shown = [line for line in format_lines(verification) if line.startswith("differs: ")]
    assert len(shown) == SHOWN + 1
    assert shown[-1] == f"differs: {len(verification.differences) - SHOWN:,} more; --json shows all"


def test_json_has_every_difference(lab: Lab, folder: Path) -> None:
    alter_one_answer(folder, 1_000_000, row=5)
    ended = lab("verify", str(folder), "--json")
    assert ended.returncode == 3
    entry = json.loads(ended.stdout)
    assert entry["state"] == "differs"
    found = [each for comparison in entry["comparisons"] for each in comparison["differences"]]
    assert len(found) == len(verify_run(folder).differences) > SHOWN
    assert {"file", "where", "recorded", "found"} == set(found[0])


def test_without_samples_it_ends_with_1_and_says_what_was_compared(lab: Lab, folder: Path) -> None:
    shutil.rmtree(folder / "samples")
    ended = lab("verify", str(folder))
    assert ended.returncode == 1
    assert "Digests alone were compared" in ended.stdout
    assert ended.stdout.splitlines()[-1].startswith("Not verified: what could be compared agrees")
    assert json.loads(lab("verify", str(folder), "--json").stdout)["state"] == "incomplete"


def test_a_folder_that_is_no_run_is_one_sentence(lab: Lab, tmp_path: Path) -> None:
    ended = lab("verify", str(tmp_path))
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert "is not a run folder" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
