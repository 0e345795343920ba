"""An export knows what a run holds: it splits it by read and population, and refuses what is not there."""

from pathlib import Path

import pytest

from analysis.errors import AnalysisError
from analysis.export.contents import Contents, read_contents
from analysis.export.selection import Selection, select
from tests.analysis.changed import add_writes
from tests.analysis.synthetic import Truth, read_rows, write_run

READS = (Truth(blocks=2, requests=40), Truth(operation="user", blocks=2, requests=40))


@pytest.fixture(scope="module")
def contents(tmp_path_factory: pytest.TempPathFactory) -> Contents:
    return read_contents(write_run(tmp_path_factory.mktemp("runs") / "run", READS))


def test_it_counts_what_a_selection_takes(contents: Contents) -> None:
    rows = read_rows(contents.folder)
    assert contents.count(Selection()) == len(rows)
    assert contents.count(select("measure", "user", "cached")) == 80
    hits = rows[(rows["phase"] == "measure") & (rows["operation"] == "user") & (rows["outcome"] == "hit")]
    assert contents.count(select("measure", "user", "hit")) == len(hits)


def test_it_splits_by_read_and_population(contents: Contents) -> None:
    parts = contents.populations(Selection(phase="measure"))
    assert [name for name, _ in parts] == [
        f"{read}-{population}"
        for read in ("similar", "user")
        for population in ("hit", "miss", "cached", "uncached")
    ]
    assert dict(parts)["user-miss"] == Selection(phase="measure", operation="user", arm="cached", outcome="miss")


def test_it_keeps_to_what_was_chosen(contents: Contents) -> None:
    names = [name for name, _ in contents.populations(select("measure", None, "hit"))]
    assert names == ["similar-hit", "user-hit"]
    assert [name for name, _ in contents.populations(select("warmup", "user", None))] == [
        "user-hit",
        "user-miss",
        "user-cached",
    ]


@pytest.mark.parametrize(
    "selection", [select("measure", "other", None), select("measure", None, "c"), select("nap", None, None)]
)
def test_what_is_not_there_is_refused_with_what_is(contents: Contents, selection: Selection) -> None:
    with pytest.raises(
        AnalysisError, match=r"operation: similar, user; arm: cached, uncached; outcome: bypass, hit"
    ):
        contents.require(selection)


def test_writes_are_no_population_of_a_read(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", READS)
    before = read_contents(folder)
    add_writes(folder)
    after = read_contents(folder)
    for read in ("similar", "user"):
        chosen = select("measure", read, None)
        assert after.count(chosen) == before.count(chosen)
    assert [name for name, _ in after.populations(select("measure", "write", None))] == [
        "write-cached",
        "write-uncached",
    ]
