from pathlib import Path

import pytest

from analysis.aa import Aa, measure_aa
from analysis.charts.aa import aa_figure, aa_frame
from analysis.charts.style import LIGHT
from analysis.run import read_run
from tests.analysis.synthetic_self_test import add_aa, write_bare_run


@pytest.fixture(scope="module")
def aa(tmp_path_factory: pytest.TempPathFactory) -> Aa:
    folder: Path = write_bare_run(tmp_path_factory.mktemp("aa") / "run", "aa")
    found = measure_aa(read_run(add_aa(folder, repetitions=12, bias_us=12.0)))
    assert found is not None
    return found


def test_every_interval_is_a_row_and_a_refused_statistic_has_none(aa: Aa) -> None:
    frame = aa_frame(aa)
    assert set(frame["statistic"]) == {"mean", "p50", "p95", "p99"}
    assert list(frame.loc[frame["statistic"] == "mean", "repetition"]) == list(range(1, 13))
    assert (frame["low"] < frame["high"]).all()


def test_what_misses_1_is_what_stands_out(aa: Aa) -> None:
    frame = aa_frame(aa)
    missing = (frame["low"] > 1) | (frame["high"] < 1)
    assert 0 < missing.sum() < len(frame)
    assert (frame["holds"] != missing).all()
    figure = aa_figure(frame, LIGHT)
    drawn = [container.lines[0] for container in figure.axes[0].containers]
    of_mean = frame[frame["statistic"] == "mean"]
    assert [len(line.get_xdata()) for line in drawn] == [of_mean["holds"].sum(), (~of_mean["holds"]).sum()]
    assert drawn[0].get_color() != drawn[1].get_color()


def test_the_titles_count(aa: Aa) -> None:
    figure = aa_figure(aa_frame(aa), LIGHT)
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles[0] == f"mean: {aa.statistics['mean'].held} of 12 hold 1"
    assert len(titles) == 4


def test_no_interval_is_said(aa: Aa) -> None:
    assert aa_figure(aa_frame(aa)[:0], LIGHT).texts[0].get_text() == "no repetition has an interval"
