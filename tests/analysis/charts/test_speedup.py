import itertools

import pytest

from analysis.charts.speedup import speedup_figure, speedup_frame
from analysis.charts.style import LIGHT
from analysis.results import Results


def test_it_shows_what_the_results_say(results: Results) -> None:
    reads = results.reads
    frame = speedup_frame(reads)
    assert list(frame["speed_up"]) == [read.speed_up.mean.value for read in reads]
    assert list(frame["price_s"]) == [read.price_s.value for read in reads]
    assert (frame["speed_up_low"] < frame["speed_up"]).all()


def test_the_line_at_1_and_the_threshold_are_always_in_sight(results: Results) -> None:
    frame = speedup_frame(results.reads[2:])
    (axes,) = speedup_figure(frame, LIGHT).axes
    low, high = axes.get_ylim()
    assert low < 1.0
    assert high > 1.1
    assert any("pays above 1.10" in text.get_text() for text in axes.texts)


@pytest.mark.parametrize(
    "points",
    [
        [(0.001, 1.50), (0.00101, 1.51), (0.00102, 1.52)],
        [(0.00005, 0.97), (0.0009, 1.0), (0.014, 1.02)],
        [(0.00005, 0.90), (0.00006, 20.0), (0.02, 19.0)],
    ],
    ids=["one place", "all near 1", "far apart"],
)
def test_labels_neither_overlap_nor_leave_the_picture(results: Results, points: list[tuple[float, float]]) -> None:
    frame = speedup_frame(results.reads)
    frame["price_s"], frame["speed_up"] = zip(*points, strict=True)
    for quantity, spread in (("price_s", 0.01), ("speed_up", 0.05)):
        frame[f"{quantity}_low"] = frame[quantity] * (1 - spread)
        frame[f"{quantity}_high"] = frame[quantity] * (1 + spread)
    figure = speedup_figure(frame, LIGHT)
    figure.canvas.draw()
    boxes = [text.get_window_extent() for text in figure.axes[0].texts if "GET" in text.get_text()]
    assert len(boxes) == 3
    assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))
    assert all(figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1 for box in boxes)
    assert all(figure.bbox.y0 <= box.y0 and box.y1 <= figure.bbox.y1 for box in boxes)


def test_a_run_without_prices_says_so() -> None:
    figure = speedup_figure(speedup_frame([]), LIGHT)
    assert figure.texts[0].get_text() == "no read of this run has both a speed-up and a price"
