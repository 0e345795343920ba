from dataclasses import replace
from pathlib import Path

import pytest
from matplotlib.axes import Axes

from analysis.capacity import Capacity, measure_capacity
from analysis.charts.capacity import capacity_figure, capacity_frame
from analysis.charts.style import LIGHT, THEMES, Theme
from analysis.run import read_run
from tests.analysis.synthetic_capacity import SHARES, SearchTruth, write_search


def searched(folder: Path, truth: SearchTruth | None = None) -> Capacity:
    (found,) = measure_capacity(read_run(write_search(folder, truth or SearchTruth())))
    return found


def drawn(found: Capacity, theme: Theme = LIGHT) -> Axes:
    return capacity_figure(capacity_frame(found), found, theme).axes[0]


def test_the_frame_holds_both_curves_the_objective_and_the_capacities(tmp_path: Path) -> None:
    found = searched(tmp_path / "run")
    frame = capacity_frame(found)
    kinds = dict(iter(frame.groupby(["kind", "arm"])))
    assert len(kinds["statistic", "cached"]) == len(kinds["p50", "uncached"]) == 6
    assert kinds["objective", ""]["latency_s"].item() == 0.020
    capacity = kinds["capacity", "cached"].iloc[0]
    assert capacity["rate_rps"] == found.arms["cached"].capacity.estimate.value
    assert capacity["rate_low_rps"] < capacity["rate_rps"] < capacity["rate_high_rps"]
    assert kinds["closed loop", "uncached"]["rate_rps"].item() == 800.0


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_the_capacities_stand_on_the_chart_in_the_colours_of_their_arms(tmp_path: Path, theme: Theme) -> None:
    axes = drawn(searched(tmp_path / "run"), theme)
    written = {text.get_text(): text.get_color() for text in axes.texts}
    assert written == {
        "1,774/s": theme.colours["cached"],
        "581/s": theme.colours["uncached"],
        "p99<20ms": theme.ink,
    }
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert axes.get_ylabel() == "response time (ms)"
    assert axes.get_xlabel().startswith("rate offered (requests a second)")
    names = axes.get_legend_handles_labels()[1]
    assert names == ["p99 with the cache", "p50 with the cache", "p99 without the cache", "p50 without the cache"]


def test_a_bound_is_written_as_one(tmp_path: Path) -> None:
    low = replace(SearchTruth(), shares=tuple(share * 0.7 for share in SHARES))
    written = [text.get_text() for text in drawn(searched(tmp_path / "run", low)).texts]
    assert "at least 1,549/s" in written
    assert "at least 499/s" in written


def test_a_search_without_a_single_quantile_is_said_to_be_one(tmp_path: Path) -> None:
    found = searched(tmp_path / "run", replace(SearchTruth(), requests=100))
    figure = capacity_figure(capacity_frame(found), found, LIGHT)
    assert figure.texts[0].get_text() == "no rate has a p99"
