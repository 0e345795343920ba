import pandas as pd
import pytest
from matplotlib.colors import to_hex

from analysis.charts.style import DARK, LIGHT, Theme
from analysis.charts.waterfall import waterfall_figure, waterfall_frame
from analysis.parts import PART_NAMES, Part
from analysis.results import Results


@pytest.fixture
def frame(results: Results) -> pd.DataFrame:
    return waterfall_frame(results.waterfalls["user"])


def test_parts_stand_in_the_order_of_time_and_fill_the_whole(frame: pd.DataFrame) -> None:
    order = [part.value for part in Part]
    for _, bar in frame.groupby(["population", "of"]):
        assert [order.index(part) for part in bar["part"]] == sorted(order.index(part) for part in bar["part"])
        assert bar["share_ratio"].sum() == pytest.approx(1)
    assert set(frame["of"]) == {"all", "slowest"}


def test_bars_are_as_long_as_the_means(frame: pd.DataFrame, results: Results) -> None:
    upper, lower = waterfall_figure(frame, "GET /user/<name>", LIGHT).axes
    everyone = results.waterfalls["user"].everyone
    for row, population in enumerate(("hit", "miss", "uncached")):
        bars = [bar for bar in upper.patches if round(bar.get_y() + bar.get_height() / 2) == row]
        mean_s = everyone[population].response.value
        assert mean_s is not None
        assert sum(bar.get_width() for bar in bars) == pytest.approx(1e3 * mean_s)
    assert upper.get_xlabel() == "mean response time (ms)"
    assert lower.get_xlabel() == "share of the response time (%)"
    assert [label.get_text() for label in lower.get_yticklabels()] == [
        "hit", "slowest 1 %", "miss", "slowest 1 %", "without the cache", "slowest 1 %"
    ]  # fmt: skip


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_a_part_has_one_colour_everywhere_and_no_two_the_same(frame: pd.DataFrame, theme: Theme) -> None:
    figure = waterfall_figure(frame, "GET /user/<name>", theme)
    legend = figure.legends[0]
    named = {text.get_text() for text in legend.get_texts()}
    shown = {PART_NAMES[Part(part)] for part in frame.loc[frame["share_ratio"] >= 0.002, "part"]}
    assert named == shown
    colours = {to_hex(handle.get_facecolor()) for handle in legend.get_patches()}
    assert len(colours) == len(named)
    assert {to_hex(bar.get_facecolor()) for axes in figure.axes for bar in axes.patches} >= colours


def test_every_part_has_a_colour_of_its_own() -> None:
    rows = [("hit", "all", part.value, 1e-4, 1 / len(Part)) for part in Part]
    frame = pd.DataFrame(rows, columns=["population", "of", "part", "value_s", "share_ratio"])
    for theme in (LIGHT, DARK):
        upper = waterfall_figure(frame, "GET /", theme).axes[0]
        assert len({to_hex(bar.get_facecolor()) for bar in upper.patches}) == len(Part)


def test_nothing_to_show_is_said(frame: pd.DataFrame) -> None:
    figure = waterfall_figure(frame.iloc[:0], "GET /user/<name>", LIGHT)
    assert not figure.axes
    assert figure.texts
