from pathlib import Path

from analysis.page import Page, compose
from analysis.page.comparison import ComparisonPart
from analysis.report import write_report
from analysis.results import Results, analyse
from analysis.run import Run, read_run
from tests.analysis.synthetic import THREE_READS, write_run
from tests.analysis.synthetic_self_test import add_aa, add_calibration, write_bare_run


def comparison(page: Page) -> ComparisonPart:
    assert page.comparison is not None
    return page.comparison


def test_a_refused_figure_refers_to_the_note_that_says_why(run: Run, results: Results) -> None:
    similar = comparison(compose(run.manifest, results)).sections[2]
    assert similar.response.head[-1] == "p99"
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
    for row in comparison(page).verdicts:
        assert all(flags == (("few-blocks", "caution-few-blocks"),) for flags in row.flags.values())


def test_a_quantile_that_no_population_can_bound_has_no_column(run: Run, results: Results) -> None:
    user, activity, similar = comparison(compose(run.manifest, results)).sections
    assert user.response.head[-1] == "p99.9"
    assert activity.response.head[-1] == similar.response.head[-1] == "p99"
    assert "p99.9" in [row[0] for row in user.speed_up.rows]
    assert "p99.9" not in [row[0] for row in activity.speed_up.rows]


def test_each_speed_up_has_its_sign_flip_p_beside_it(run: Run, results: Results) -> None:
    table = comparison(compose(run.manifest, results)).sections[0].speed_up
    assert table.head[-1] == "sign-flip p"
    assert table.rows[0][-1] == "0.0078"


def test_a_test_that_cannot_reject_says_so(tmp_path: Path) -> None:
    run = read_run(write_run(tmp_path / "run", blocks=4))
    table = comparison(compose(run.manifest, analyse(run))).sections[0].speed_up
    assert table.notes[-1] == "With 4 blocks a sign-flip p is never below 0.12."


def test_a_run_that_looked_at_the_lab_alone_has_those_parts_alone(tmp_path: Path) -> None:
    folder = add_calibration(add_aa(write_bare_run(tmp_path / "run", "aa"), repetitions=6))
    results = write_report(folder)
    page = compose(read_run(folder).manifest, results)
    assert page.comparison is None
    assert page.calibration is not None
    assert page.aa is not None
    assert page.aa.table.rows[0][:2] == ("mean", f"{results.aa.statistics['mean'].held if results.aa else 0} of 6")
    for file in ("report.md", "report.html"):
        text = (folder / file).read_text("utf-8")
        assert "What this lab can tell apart" in text
        assert "The lab against itself" in text
        assert page.calibration.sentence in text
    assert {file.name for file in (folder / "charts").iterdir()} == {"aa.png", "aa.json"}


def test_what_the_lab_cannot_tell_apart_stands_beside_the_verdicts(tmp_path: Path) -> None:
    folder = add_calibration(write_run(tmp_path / "run", blocks=6, requests=100))
    results = write_report(folder)
    assert results.calibration is not None
    text = (folder / "report.md").read_text("utf-8")
    assert text.index(results.calibration.sentence) < text.index("## Cautions")
    assert (folder / "report.html").read_text("utf-8").count(results.calibration.sentence) == 2
