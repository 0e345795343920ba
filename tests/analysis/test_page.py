from pathlib import Path

from analysis.page import Page, compose
from analysis.page.comparison import ComparisonPart
from analysis.results import Results, analyse
from analysis.run import Run, read_run
from tests.analysis.synthetic import THREE_READS, write_run


def comparison(page: Page) -> ComparisonPart:
    assert page.comparison is not None
    return page.comparison


def test_a_refused_figure_refers_to_the_note_that_says_why(run: Run, results: Results) -> None:
    similar = comparison(compose(run.manifest, results)).sections[2]
    hit = next(row for row in similar.response.rows if row[0] == "hit")
    assert hit[-1] == "unknown [1]"
    assert similar.response.notes[0].startswith("[1] needs 368 samples a block; the smallest has ")


def test_every_row_of_a_table_is_as_long_as_its_head(run: Run, results: Results) -> None:
    page = comparison(compose(run.manifest, results))
    tables = [page.database, page.cpu, page.traffic]
    tables += [table for read in page.sections for table in (read.response, read.service, read.speed_up)]
    parts = [read.waterfall for read in page.sections if read.waterfall]
    tables += [table for part in parts for table in (part.everyone, part.slowest)]
    for table in tables:
        assert table.rows
        assert {len(row) for row in table.rows} == {len(table.head)}


def test_a_caution_that_touches_every_read_is_written_once(tmp_path: Path) -> None:
    run = read_run(write_run(tmp_path / "run", THREE_READS, blocks=2))
    page = compose(run.manifest, analyse(run))
    (caution,) = [each for each in page.cautions if each.code == "few-blocks"]
    routes = "GET /user/<name>, GET /user/<name>/activity and GET /user/<name>/similar"
    assert caution.where == routes
    assert all("few-blocks" in row.codes for row in comparison(page).verdicts)
