from dataclasses import replace
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from analysis.charts.freshness_frame import freshness_frame
from analysis.charts.style import LIGHT, THEMES, Theme, to_png
from analysis.charts.time_to_live import time_to_live_figure
from analysis.freshness import Freshness, measure_freshness
from analysis.run import read_run
from tests.analysis.synthetic_freshness import FreshTruth, write_freshness


def measured(folder: Path, truth: FreshTruth) -> Freshness:
    return measure_freshness(read_run(write_freshness(folder / "run", truth)))[0]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Freshness:
    return measured(tmp_path_factory.mktemp("chart"), FreshTruth())


def drawn(found: Freshness) -> Figure:
    return time_to_live_figure(freshness_frame(found), found, LIGHT)


def test_each_policy_and_rate_of_writes_is_a_series(found: Freshness) -> None:
    names = [text.get_text() for text in drawn(found).legends[0].get_texts()]
    assert names == ["no writes", "8/s written", "8/s written, deleted"]


def test_residuals_are_in_points_below(found: Freshness) -> None:
    _, below = drawn(found).axes
    assert "points" in below.get_ylabel()
    marks = [line.get_ydata().tolist() for line in below.lines if line.get_linestyle() == "None"]  # type: ignore[union-attr]
    expected = [100 * (cell.hit_ratio.residual or 0.0) for cell in found.cells]
    assert [value for series in marks for value in series] == pytest.approx(expected)


def test_the_title_says_what_the_lines_are(found: Freshness, tmp_path: Path) -> None:
    assert "lines predicted" in drawn(found).axes[0].get_title(loc="left")
    traced = measured(tmp_path, FreshTruth(write_rates_rps=(8.0,), of_trace=True))
    assert "lines replayed" in drawn(traced).axes[0].get_title(loc="left")
    assert to_png(drawn(traced))


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_it_is_drawn_in_both_themes(found: Freshness, theme: Theme) -> None:
    assert to_png(time_to_live_figure(freshness_frame(found), found, theme)).startswith(b"\x89PNG")


def test_without_a_cell_it_says_so(found: Freshness) -> None:
    assert "no time to live" in drawn(replace(found, cells=())).texts[0].get_text()
