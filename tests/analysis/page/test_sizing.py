from pathlib import Path

import pytest

from analysis.page.sizing import SizingSection, compose_sizing
from analysis.report import write_report
from analysis.results import analyse
from analysis.run import read_run
from tests.analysis.synthetic import read_manifest_entry, write_manifest, write_run
from tests.analysis.synthetic_sizing import ENTRY_BYTES, SweepTruth, write_sweep


def section(folder: Path, truth: SweepTruth) -> SizingSection:
    part = compose_sizing(analyse(read_run(write_sweep(folder, truth))))
    assert part is not None
    (found,) = part.sections
    return found


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> SizingSection:
    return section(tmp_path_factory.mktemp("page") / "run", SweepTruth())


def test_every_point_is_a_row_with_its_difference(found: SizingSection) -> None:
    assert found.points.head == (
        "size", "measured", "predicted", "difference", "textbook LRU", "entries", "maxmemory",
    )  # fmt: skip
    assert [(row[0], row[5], row[6]) for row in found.points.rows] == [
        ("10 %", "40", "988 KiB"), ("25 %", "100", "1,010 KiB"), ("100 %", "400", "1.07 MiB"),
    ]  # fmt: skip
    assert all(row[3][0] in "+−" for row in found.points.rows)
    assert [row[0] for row in found.servers.rows] == ["10 %", "25 %", "100 %"]
    assert found.servers.head[3] == "bytes an entry"
    assert [row[3] for row in found.servers.rows] == [str(ENTRY_BYTES)] * 3


def test_what_all_points_share_is_said_once(found: SizingSection) -> None:
    assert found.setting == ("Sizes are shares of a working set of 400 keys; policy allkeys-lru; 5.00/s offered.")


def test_what_differs_from_point_to_point_has_a_column(tmp_path: Path) -> None:
    folder = write_sweep(tmp_path / "run", SweepTruth(sizes_ratio=(0.1, 0.25)))
    entry = read_manifest_entry(folder)
    entry["sizing"][0]["points"][1] |= {"policy": "allkeys-random", "offered_rate_rps": None}
    write_manifest(folder, entry)
    part = compose_sizing(analyse(read_run(folder)))
    assert part is not None
    (shown,) = part.sections
    for table in (shown.points, shown.servers):
        assert table.head[-2:] == ("policy", "rate")
        assert [row[-2] for row in table.rows] == ["allkeys-lru", "allkeys-random"]
    assert "policy" not in shown.setting and "offered" not in shown.setting


def test_doubt_stands_beside_the_points_it_touches(found: SizingSection, tmp_path: Path) -> None:
    assert not found.points.flags
    folder = write_sweep(tmp_path / "run", SweepTruth(sizes_ratio=(0.1, 0.25)))
    entry = read_manifest_entry(folder)
    entry["sizing"][0]["points"][1]["settled"] = False
    write_manifest(folder, entry)
    part = compose_sizing(analyse(read_run(folder)))
    assert part is not None
    first, second = part.sections[0].points.flags
    assert not first
    assert [flag.text for flag in second] == ["not-settled"]


def test_a_caution_of_the_sweep_is_shown_once(tmp_path: Path) -> None:
    folder = write_sweep(tmp_path / "run", SweepTruth(sizes_ratio=(1.0,), cold=True))
    write_report(folder)
    for name in ("report.html", "report.md"):
        assert (folder / name).read_text("utf-8").count("had not settled when measuring began") == 1


def test_the_answer_stands_before_what_it_comes_from(tmp_path: Path) -> None:
    folder = write_sweep(tmp_path / "run", SweepTruth())
    write_report(folder)
    for name in ("report.html", "report.md"):
        text = (folder / name).read_text("utf-8")
        part = text[text.index("What each size of the cache does") :]
        assert part.index("give a hit ratio of") < part.index("At 3 points the hit ratio")


def test_the_sentence_says_what_the_textbook_would_have_got_wrong(found: SizingSection) -> None:
    assert found.sentence.startswith("At 3 points the hit ratio of GET /user/<name> was within ")
    assert "Who trusted the textbook's LRU curve would have expected up to " in found.sentence
    assert not found.residuals


def test_a_large_difference_gets_a_sentence_with_its_cause(tmp_path: Path) -> None:
    (cold,) = section(tmp_path / "cold", SweepTruth(sizes_ratio=(1.0,), cold=True)).residuals
    assert cold.startswith("allkeys-lru at 100 % of the keys, 5.00/s: 9")
    assert "100 % predicted" in cold
    assert "had not settled" in cold and "not the server" in cold
    (other,) = section(tmp_path / "other", SweepTruth(sizes_ratio=(0.1,), first_in=True)).residuals
    assert "it evicts otherwise than the model of it" in other


def test_a_comparison_has_no_such_part(tmp_path: Path) -> None:
    assert compose_sizing(analyse(read_run(write_run(tmp_path / "run", blocks=2, requests=30)))) is None
