from dataclasses import replace

import pytest
from matplotlib.figure import Figure

from analysis.charts.freshness import freshness_figure
from analysis.charts.freshness_frame import freshness_frame
from analysis.charts.style import LIGHT, THEMES, Theme, to_png
from analysis.estimates import unknown
from analysis.freshness import Freshness, measure_freshness
from analysis.run import read_run
from tests.analysis.synthetic_freshness import FreshTruth, write_freshness


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Freshness:
    truth = FreshTruth(write_rates_rps=(0.0, 8.0, 40.0), races=3)
    return measure_freshness(read_run(write_freshness(tmp_path_factory.mktemp("chart") / "run", truth)))[0]


def drawn(found: Freshness) -> Figure:
    return freshness_figure(freshness_frame(found), found, LIGHT)


def test_every_rate_of_writes_has_a_line_through_its_times_to_live(found: Freshness) -> None:
    figure = drawn(found)
    _, right = figure.axes
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert sorted(names) == [
        "40/s written, measured", "40/s written, predicted", "8/s written, measured", "8/s written, predicted",
    ]  # fmt: skip
    assert [text.get_text() for text in right.texts] == ["1 s", "5 s"] * 2
    law = right.lines[0].get_xydata()
    assert len(law) == len([point for point in found.law if (point.policy, point.write_rate_rps) == ("none", 8.0)])


def test_deletion_and_no_writes_stand_apart(found: Freshness) -> None:
    left, _ = drawn(found).axes
    assert [text.get_text() for text in left.get_xticklabels()] == ["no writes", "deleted,\n8/s", "deleted,\n40/s"]


def test_the_share_that_races_leave_stale_is_written_beside_its_point(found: Freshness) -> None:
    left, _ = drawn(found).axes
    raced = [text.get_text() for text in left.texts if "stale" in text.get_text()]
    assert len(raced) == sum(cell.policy == "invalidate" and cell.stale > 0 for cell in found.cells) > 0


def test_a_share_of_nothing_has_its_place_on_the_axis(found: Freshness) -> None:
    _, right = drawn(found).axes
    assert right.get_xticks()[0] == 0.0
    assert right.get_xlim()[0] <= 0.0
    labels = [text.get_text() for text in right.get_xticklabels()]
    assert len(labels) <= 10
    assert not any("e" in text or "^" in text for text in labels)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_it_is_drawn_in_both_themes(found: Freshness, theme: Theme) -> None:
    assert to_png(freshness_figure(freshness_frame(found), found, theme)).startswith(b"\x89PNG")


@pytest.mark.parametrize("policy", ["none", "invalidate"])
def test_one_policy_or_one_cell_alone_is_drawn_too(found: Freshness, policy: str) -> None:
    some = tuple(cell for cell in found.cells if cell.policy == policy and cell.write_rate_rps)
    law = tuple(point for point in found.law if point.policy == policy)
    for cells in (some, some[:1]):
        assert to_png(drawn(replace(found, cells=cells, law=law)))


def test_without_counters_it_says_so(found: Freshness) -> None:
    uncounted = replace(found.cells[0].database_rps, measured=unknown("1/s", "not asked"))
    figure = drawn(replace(found, cells=(replace(found.cells[0], database_rps=uncounted),)))
    assert "were not counted" in figure.texts[0].get_text()
