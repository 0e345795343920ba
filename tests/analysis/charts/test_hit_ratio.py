from analysis.charts.hit_ratio import hit_ratio_figure, hit_ratio_frame
from analysis.charts.style import LIGHT
from analysis.results import Results
from analysis.run import Run


def test_it_starts_with_the_warm_up_and_counts_every_answer(run: Run) -> None:
    frame = hit_ratio_frame(run.samples, "user")
    assert frame["at_s"].iloc[0] < 1.0
    assert list(dict.fromkeys(frame["phase"])) == ["warmup", "measure"]
    assert frame["hit_ratio"].between(0, 1).all()
    cached = run.samples[(run.samples["operation"] == "user") & (run.samples["arm"] == "cached")]
    assert frame["count"].sum() == len(cached)
    assert 40 <= len(frame) <= 80


def test_windows_are_not_so_short_that_they_show_chance_alone(run: Run) -> None:
    assert hit_ratio_frame(run.samples, "similar")["count"].median() >= 40


def test_the_warm_up_is_cut_off_in_every_panel(run: Run, results: Results) -> None:
    frames = [(read, hit_ratio_frame(run.samples, read.operation)) for read in results.reads]
    figure = hit_ratio_figure(frames, LIGHT)
    assert len(figure.axes) == 3
    for axes in figure.axes:
        assert {text.get_text() for text in axes.texts} == {"warm-up", "measured"}
        assert axes.get_ylabel() == "hit ratio (%)"


def test_a_run_without_a_warm_up_is_drawn_without_its_cut(run: Run, results: Results) -> None:
    frame = hit_ratio_frame(run.measured, "user")
    (axes,) = hit_ratio_figure([(results.reads[0], frame)], LIGHT).axes
    assert not axes.texts


def test_a_read_that_says_neither_hit_nor_miss_is_said_to(run: Run, results: Results) -> None:
    frame = hit_ratio_frame(run.samples, "unheard-of")
    figure = hit_ratio_figure([(results.reads[0], frame)], LIGHT)
    assert figure.texts[0].get_text() == "no answer of this run says hit or miss"
