from pathlib import Path

import pytest

from analysis.page.freshness import FreshnessSection, compose_freshness
from analysis.report import write_report
from analysis.results import analyse
from analysis.run import read_run
from analysis.verify import verify_run
from tests.analysis.synthetic import write_run
from tests.analysis.synthetic_freshness import FreshTruth, write_freshness


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    truth = FreshTruth(ttls_s=(1.0, 5.0), write_rates_rps=(0.0, 8.0), failed_writes=2)
    return write_freshness(tmp_path_factory.mktemp("page") / "run", truth)


@pytest.fixture(scope="module")
def section(folder: Path) -> FreshnessSection:
    part = compose_freshness(analyse(read_run(folder)))
    assert part is not None
    (found,) = part.sections
    return found


def test_every_cell_is_a_row_of_every_table(section: FreshnessSection) -> None:
    names = ["1 s, no writes", "5 s, no writes", "1 s, 8/s, left", "5 s, 8/s, left", "1 s, 8/s, deleted"]
    for table in (section.stale, section.ages, section.hits, section.servers):
        assert [row[0] for row in table.rows] == [*names, "5 s, 8/s, deleted"]
        assert all(len(row) == len(table.head) for row in table.rows)


def test_what_the_law_has_no_stale_answer_for_has_no_age(section: FreshnessSection) -> None:
    columns = [place for place, name in enumerate(section.ages.head) if name == "predicted"]
    assert all(section.ages.rows[0][place] == "none" for place in columns)
    assert all(section.ages.rows[2][place].endswith("s") for place in columns)


def test_doubts_stand_beside_the_cells_that_they_touch(section: FreshnessSection) -> None:
    flagged = [[flag.text for flag in flags] for flags in section.hits.flags]
    assert flagged == [[], [], *[["write-failures"]] * 4]  # without writes none can fail


def test_the_report_has_it_all_and_verifies(folder: Path) -> None:
    write_report(folder)
    for name in ("report.md", "report.html"):
        text = (folder / name).read_text("utf-8")
        assert text.count("What freshness costs") == 1
        assert "deletion takes the hit ratio from" in text
        assert text.count("an entry may") == 0  # no residual is explained
        assert text.count("writes failed, and may have been committed") == 1  # a caution appears once
    assert {"freshness_user.png", "time_to_live_user.png"} <= {file.name for file in (folder / "charts").iterdir()}
    assert verify_run(folder).differences == ()


def test_a_comparison_has_no_such_part(tmp_path: Path) -> None:
    assert compose_freshness(analyse(read_run(write_run(tmp_path / "run", blocks=2, requests=30)))) is None
