import pytest

from analysis.charts.database_calls import database_calls_figure, database_calls_frame
from analysis.charts.style import LIGHT
from analysis.results import Results


def test_both_arms_of_each_read_are_there_with_calls_and_time(results: Results) -> None:
    frame = database_calls_frame(results.reads)
    assert len(frame) == 3 * 2 * 2
    uncached = frame[(frame["arm"] == "uncached") & (frame["quantity"] == "calls")]
    assert uncached["value"].to_list() == pytest.approx([1.0] * 3)
    times = frame[(frame["quantity"] == "time_ms") & (frame["arm"] == "uncached")]
    assert times["value"].to_list() == pytest.approx([0.052, 0.9, 13.5])


def test_times_of_three_magnitudes_stand_on_a_logarithmic_axis(results: Results) -> None:
    left, right = database_calls_figure(database_calls_frame(results.reads), LIGHT).axes
    assert left.get_xlim()[0] == 0
    assert right.get_xscale() == "log"
    assert right.get_xlabel() == "PostgreSQL's time a request (ms)"


def test_an_interval_that_reaches_0_leaves_the_axis_logarithmic(results: Results) -> None:
    frame = database_calls_frame(results.reads)
    frame.loc[frame["arm"] == "cached", "low"] = 0.0
    _, right = database_calls_figure(frame, LIGHT).axes
    assert right.get_xscale() == "log"
    assert right.get_xlim()[0] > 0.001


def test_a_time_of_0_keeps_the_axis_linear(results: Results) -> None:
    frame = database_calls_frame(results.reads)
    frame.loc[frame["arm"] == "cached", ["value", "low", "high"]] = 0.0
    _, right = database_calls_figure(frame, LIGHT).axes
    assert right.get_xscale() == "linear"


def test_a_stack_that_counts_nothing_says_so() -> None:
    figure = database_calls_figure(database_calls_frame([]), LIGHT)
    assert figure.texts[0].get_text() == "this stack does not count PostgreSQL's calls"
