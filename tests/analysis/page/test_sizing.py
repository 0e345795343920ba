from pathlib import Path

import pytest

from analysis.page.sizing import SizingSection, compose_sizing
from analysis.results import analyse
from analysis.run import read_run
from tests.analysis.synthetic import write_run
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
    assert found.points.head[:8] == (
        "policy", "size", "entries held", "rate", "measured", "predicted", "difference", "textbook LRU",
    )  # fmt: skip
    assert [row[:3] for row in found.points.rows] == [
        ("allkeys-lru", "10 %", "40"), ("allkeys-lru", "25 %", "100"), ("allkeys-lru", "100 %", "400"),
    ]  # fmt: skip
    assert all(row[6][0] in "+−" for row in found.points.rows)
    assert found.points.head[10] == "bytes an entry"
    assert [row[10] for row in found.points.rows] == [str(ENTRY_BYTES)] * 3


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
