import struct

import matplotlib as mpl
import pytest

from analysis.charts.speedup import speedup_figure, speedup_frame
from analysis.charts.style import DARK, LIGHT, THEMES, log_ticks, new_figure, to_png
from analysis.results import Results


@pytest.mark.parametrize(
    ("low", "high"),
    [(0.05, 30.0), (0.4, 0.9), (1.0, 2.0), (0.01, 10_000.0)],
    ids=["usual", "below 1", "near", "far"],
)
def test_logarithmic_ticks_are_written_out(low: float, high: float) -> None:
    figure = new_figure(LIGHT)
    axes = figure.add_subplot()
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    log_ticks(axes, "x")
    figure.canvas.draw()
    ticks = zip(axes.get_xticklabels(), axes.get_xticks(), strict=True)
    shown = [label.get_text() for label, place in ticks if low <= place <= high]
    assert 2 <= len(shown) <= 10
    assert not any("10^" in text or "e" in text or "$" in text for text in shown)


def test_a_chart_is_a_png_and_leaves_no_trace(results: Results) -> None:
    before = dict(mpl.rcParams)
    png = to_png(speedup_figure(speedup_frame(results.reads), DARK))
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", png[16:24]) == (1200, 720)
    assert dict(mpl.rcParams) == before


def test_the_same_figure_gives_the_same_bytes(results: Results) -> None:
    first, second = (to_png(speedup_figure(speedup_frame(results.reads), LIGHT)) for _ in range(2))
    assert first == second


def test_each_theme_gives_each_population_a_colour_of_its_own() -> None:
    for theme in THEMES:
        assert set(theme.colours) == {"hit", "miss", "cached", "uncached"}
        assert len(set(theme.colours.values())) == 4
