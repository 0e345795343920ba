"""`lab export` writes one file to standard output and several to a folder, whole or not at all."""

import csv
import io
import json
from pathlib import Path

import pytest

from analysis.report import write_report
from analysis.verify import verify_run
from tests.analysis.synthetic import Truth, write_run
from tests.lab.conftest import Lab

READS = (
    Truth(blocks=2, requests=40),
    Truth(operation="user", route="GET /user/<name>", blocks=2, requests=40),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = write_run(tmp_path_factory.mktemp("runs") / "run", READS)
    write_report(run)
    return run


def test_a_single_distribution_goes_to_standard_output(lab: Lab, folder: Path) -> None:
    ended = lab("export", str(folder), "--format", "hgrm", "--read", "user", "--population", "hit")
    assert ended.returncode == 0, ended.stderr
    lines = ended.stdout.splitlines()
    assert lines[0] == "# run: response time of phase measure, operation user, arm cached, outcome hit"
    assert lines[-1].startswith("#[Buckets = ")
    assert not (folder / "exports").exists()


def test_several_distributions_go_to_files_beside_the_run_and_it_still_verifies(lab: Lab, folder: Path) -> None:
    ended = lab("export", str(folder), "--format", "hgrm", "--time", "service")
    assert ended.returncode == 0, ended.stderr
    expected = {
        f"{read}-{population}-service.hgrm"
        for read in ("similar", "user")
        for population in ("hit", "miss", "cached", "uncached")
    }
    written = [Path(line) for line in ended.stdout.splitlines()]
    assert {file.name for file in written} == expected == {file.name for file in (folder / "exports").iterdir()}
    assert all(file.read_text().startswith("# run: service time of phase measure") for file in written)
    assert verify_run(folder).differences == ()
    assert not [note for note in verify_run(folder).notes if "exports" in note]


def test_csv_is_one_row_a_request(lab: Lab, folder: Path, tmp_path: Path) -> None:
    ended = lab("export", str(folder), "--format", "csv", "--arm", "uncached", "-o", str(tmp_path / "rows.csv"))
    assert ended.returncode == 0, ended.stderr
    rows = list(csv.DictReader(io.StringIO((tmp_path / "rows.csv").read_text())))
    assert len(rows) == 2 * 2 * 40
    assert {(row["phase"], row["arm"], row["outcome"]) for row in rows} == {("measure", "uncached", "bypass")}
    everything = lab("export", str(folder), "--format", "csv", "--phase", "all").stdout
    assert len(everything.splitlines()) == 1 + 2 * 40 * (3 + 4)


def test_json_is_records(lab: Lab, folder: Path) -> None:
    tables = json.loads(lab("export", str(folder), "--format", "json", "--read", "user").stdout)
    assert {row["operation"] for row in tables["estimates"]} == {"user"}
    assert tables["state"] == "doubtful"


def test_a_folder_as_output_takes_a_single_file_by_its_name(lab: Lab, folder: Path, tmp_path: Path) -> None:
    ended = lab("export", str(folder), "--format", "json", "-o", str(tmp_path))
    assert ended.stdout.strip() == str(tmp_path / "results-tables.json")
    assert json.loads((tmp_path / "results-tables.json").read_text())


@pytest.mark.parametrize(
    ("arguments", "ending"),
    [
        ([], (2, "--format")),
        (["--format", "xml"], (2, "xml")),
        (["--format", "csv", "--arm", "cached", "--population", "hit"], (2, "give one of the two")),
        (["--format", "csv", "--time", "service"], (2, "--time goes with --format hgrm")),
        (["--format", "json", "--phase", "ramp"], (2, "--phase")),
        (
            ["--format", "hgrm", "--read", "other"],
            (1, "it holds phase: measure, warmup; operation: similar, user"),
        ),
        (["--format", "json", "--read", "other"], (1, "says nothing of other")),
        (["--format", "json", "-o", "run.json/x"], (1, "give another with --output")),
    ],
)
def test_bad_use_is_one_sentence(
    lab: Lab, folder: Path, tmp_path: Path, arguments: list[str], ending: tuple[int, str]
) -> None:
    (tmp_path / "run.json").write_text("in the way")
    ended = lab("export", str(folder), *arguments)
    code, said = ending
    assert ended.returncode == code
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_folder_that_is_no_run_is_one_sentence(lab: Lab, tmp_path: Path) -> None:
    for kind in ("hgrm", "csv", "json"):
        ended = lab("export", str(tmp_path), "--format", kind)
        assert ended.returncode == 1
        assert "is not a run folder" in ended.stderr
        assert len(ended.stderr.splitlines()) == 1
