import itertools

import pytest

from analysis.charts.labels import spread


def test_labels_that_are_far_apart_stay_where_they_are() -> None:
    assert spread([0.0, 100.0, 50.0], 30.0) == pytest.approx([0.0, 100.0, 50.0])


def test_labels_that_touch_move_apart_by_the_same_amount() -> None:
    assert spread([10.0, 20.0], 30.0) == pytest.approx([0.0, 30.0])


@pytest.mark.parametrize("positions", [[], [5.0], [1.0, 1.0, 1.0, 1.0], [3.0, 90.0, 2.0, 95.0, 1.0]])
def test_no_two_labels_are_nearer_than_the_gap(positions: list[float]) -> None:
    moved = spread(positions, 30.0)
    assert len(moved) == len(positions)
    ordered = sorted(moved)
    assert all(after - before >= 30.0 - 1e-9 for before, after in itertools.pairwise(ordered))
    assert sorted(range(len(moved)), key=lambda i: (moved[i], i)) == sorted(
        range(len(positions)), key=lambda i: (positions[i], i)
    )
