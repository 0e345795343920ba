import numpy as np
import pandas as pd
import pytest

from analysis.charts.latency import latency_figure, latency_frame
from analysis.charts.style import LIGHT
from analysis.results import Results
from analysis.run import Run


def of_read(run: Run, operation: str) -> pd.DataFrame:
    measured = run.measured
    return measured[measured["operation"] == operation]


def test_curves_rise_and_end_where_their_samples_do(run: Run, results: Results) -> None:
    frame = latency_frame(of_read(run, "similar"), results.reads[2])
    curves = frame[frame["kind"] == "curve"]
    assert set(curves["population"]) == {"hit", "miss", "cached", "uncached"}
    for _, curve in curves.groupby("population"):
        assert curve["value_s"].is_monotonic_increasing
    ends = curves.groupby("population")["share_ratio"].max()
    assert ends["miss"] < ends["uncached"] < 0.999


def test_marks_are_the_estimates_and_refused_ones_are_left_out(run: Run, results: Results) -> None:
    frame = latency_frame(of_read(run, "similar"), results.reads[2])
    marks = frame[(frame["kind"] == "mark") & (frame["population"] == "hit")]
    assert list(marks["share_ratio"]) == [0.50, 0.95]
    assert marks["value_s"].iloc[0] == results.reads[2].response_time["hit"]["p50"].value


def test_a_curve_goes_through_its_median(run: Run, results: Results) -> None:
    frame = latency_frame(of_read(run, "user"), results.reads[0])
    curve = frame[(frame["kind"] == "curve") & (frame["population"] == "uncached")]
    times = of_read(run, "user").query("arm == 'uncached'")["response_s"]
    middle = curve.iloc[(curve["share_ratio"] - 0.5).abs().argmin()]
    assert middle["value_s"] == pytest.approx(np.median(times), rel=0.02)


def test_a_curve_ends_where_failures_begin(run: Run, results: Results) -> None:
    samples = of_read(run, "user").copy()
    uncached = samples.index[samples["arm"] == "uncached"]
    samples.loc[uncached[: len(uncached) // 10], "response_s"] = np.inf
    frame = latency_frame(samples, results.reads[0])
    curve = frame[(frame["kind"] == "curve") & (frame["population"] == "uncached")]
    assert 0.89 < curve["share_ratio"].max() <= 0.90


def test_the_axes_name_their_units(run: Run, results: Results) -> None:
    figure = latency_figure(latency_frame(of_read(run, "user"), results.reads[0]), "GET /user/<name>", LIGHT)
    (axes,) = figure.axes
    assert axes.get_yscale() == "log"
    assert axes.get_ylabel() == "response time (ms)"
    assert [label.get_text() for label in axes.get_xticklabels()][1:3] == ["50 %", "75 %"]
    assert len(figure.legends[0].get_texts()) == 4


def test_nothing_measured_is_said(results: Results, run: Run) -> None:
    frame = pd.DataFrame(columns=["population", "kind", "share_ratio", "value_s", "low_s", "high_s"])
    assert latency_figure(frame, "GET /", LIGHT).texts[0].get_text() == "no answers to show"
