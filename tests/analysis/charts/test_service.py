from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analysis.charts.service import service_figure, service_frame, times_differ
from analysis.charts.style import LIGHT
from analysis.report import write_report
from analysis.results import Results
from analysis.run import Run, read_run
from tests.analysis.synthetic import ACTIVITY, write_run


@pytest.fixture(scope="module")
def late(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run whose requests left up to 1.5 ms late."""
    folder = write_run(tmp_path_factory.mktemp("late") / "run", [ACTIVITY], lag_ms=1.5)
    write_report(folder)
    return read_run(folder)


def test_the_two_are_drawn_where_they_differ_and_only_there(late: Run, reported: tuple[Path, Results]) -> None:
    assert (late.folder / "charts" / "service_activity.png").stat().st_size > 1_000
    text = (late.folder / "report.md").read_text("utf-8")
    assert "charts/service_activity.png" in text
    assert "from the moment it was sent" in text
    assert not list((reported[0] / "charts").glob("service_*"))
    assert "from the moment it was sent" not in (reported[0] / "report.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("service_s", "wait_s", "differ"),
    [(0.010, 0.00101, True), (0.010, 0.00099, False), (0.0004, 0.000051, True), (0.0004, 0.000049, False)],
)
def test_a_tenth_that_is_50_microseconds_at_least_makes_a_difference(
    results: Results, service_s: float, wait_s: float, differ: bool
) -> None:
    read = results.reads[2]
    p50 = read.service_time["cached"]["p50"]
    unknown = {name: replace(p50, value=None, low=None, high=None) for name in ("p50", "p95", "p99", "p999")}
    arms = dict.fromkeys(("cached", "uncached"), unknown)
    times = [
        {**arms, "cached": {**unknown, "p95": replace(p50, value=value)}}
        for value in (service_s, service_s + wait_s)
    ]
    assert times_differ(replace(read, service_time=times[0], response_time=times[1])) is differ


def test_response_time_lies_above_service_time_at_every_percentile(late: Run) -> None:
    frame = service_frame(late.measured)
    assert set(frame["arm"]) == {"cached", "uncached"}
    wide = frame.pivot_table(index=["arm", "share_ratio"], columns="time", values="value_s")
    assert (wide["response"] > wide["service"]).all()


def test_a_curve_ends_where_failures_begin(late: Run) -> None:
    samples = late.measured.copy()
    cached = samples.index[samples["arm"] == "cached"]
    samples.loc[cached[: len(cached) // 10], ["response_s", "service_s"]] = np.inf
    frame = service_frame(samples)
    assert 0.89 < frame.loc[frame["arm"] == "cached", "share_ratio"].max() <= 0.90


def test_each_arm_has_a_panel_and_the_lines_are_named_once(late: Run) -> None:
    figure = service_figure(service_frame(late.measured), "GET /user/<name>/activity", LIGHT)
    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        "GET /user/<name>/activity\nwith the cache",
        "without the cache",
    ]
    assert figure.axes[0].get_ylabel() == "time to the answer (ms)"
    assert [text.get_text().split(":")[0] for text in figure.legends[0].get_texts()] == [
        "response time",
        "service time",
    ]


def test_nothing_measured_is_said(late: Run) -> None:
    frame = service_frame(late.measured[:0])
    assert service_figure(frame, "GET /", LIGHT).texts[0].get_text() == "no answers to show"
