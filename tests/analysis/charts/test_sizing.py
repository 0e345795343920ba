from dataclasses import replace

import pandas as pd
import pytest
from matplotlib.figure import Figure

from analysis.charts.sizing import COLUMNS, sizing_figure, sizing_frame
from analysis.charts.style import LIGHT, THEMES, to_png
from analysis.run import read_run
from analysis.sizing import Sizing, measure_sizing
from tests.analysis.synthetic_sizing import SweepTruth, write_sweep


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Sizing:
    (sweep,) = measure_sizing(read_run(write_sweep(tmp_path_factory.mktemp("sizing") / "run", SweepTruth())))
    return sweep


def drawn(found: Sizing) -> Figure:
    return sizing_figure(sizing_frame(found), found, LIGHT)


def test_the_frame_has_a_row_a_point_and_names_its_panel(found: Sizing) -> None:
    flat_out = replace(found, points=(*found.points, replace(found.points[0], offered_rate_rps=None)))
    frame = sizing_frame(flat_out)
    assert tuple(frame.columns) == COLUMNS
    assert frame["rate"].tolist() == ["5.00/s", "5.00/s", "5.00/s", "flat out"]
    assert frame["residual_ratio"].tolist() == pytest.approx(
        (frame["measured_ratio"] - frame["predicted_ratio"]).tolist()
    )


def test_measured_predicted_and_textbook_are_told_apart(found: Sizing) -> None:
    figure = drawn(found)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == [
        "textbook LRU", "allkeys-lru, predicted", "allkeys-lru, measured",
    ]  # fmt: skip
    above, below = figure.axes
    assert above.get_ylabel() == "hit ratio (%)"
    assert "points" in below.get_ylabel()
    textbook = above.lines[0].get_xydata()
    assert pd.DataFrame(textbook)[1].tolist() == pytest.approx(
        [100 * (point.forecast.textbook or 0.0) for point in found.points]
    )


def test_every_rate_has_a_panel_of_its_own(found: Sizing) -> None:
    both = replace(found, points=(*found.points, replace(found.points[0], offered_rate_rps=None)))
    titles = [axes.get_title(loc="left") for axes in drawn(both).axes[:2]]
    assert titles == ["GET /user/<name>, 5.00/s", "flat out"]


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_it_is_drawn_in_both_themes(found: Sizing, theme: object) -> None:
    assert to_png(sizing_figure(sizing_frame(found), found, theme)).startswith(b"\x89PNG")  # type: ignore[arg-type]


def test_a_sweep_without_points_says_so(found: Sizing) -> None:
    figure = drawn(replace(found, points=()))
    assert "no size" in figure.texts[0].get_text()
