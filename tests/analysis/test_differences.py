"""Values are compared path by path, texts line by line; what is alike to a reader is no difference."""

import json
from typing import Any

import pytest

from analysis.differences import compare_lines, compare_values


def places(recorded: Any, recomputed: Any) -> list[str | None]:
    return [each.where for each in compare_values("results.json", recorded, recomputed).differences]


def test_every_value_is_counted_and_named_by_its_path() -> None:
    recorded = {"reads": [{"speed_up": {"mean": {"value": 2.0, "note": None}}}], "state": "valid"}
    recomputed = json.loads(json.dumps(recorded))
    recomputed["reads"][0]["speed_up"]["mean"]["value"] = 2.1
    found = compare_values("results.json", recorded, recomputed)
    assert found.compared == 3
    assert len(found.differences) == 1
    difference = found.differences[0]
    assert difference.where == "reads[0].speed_up.mean.value"
    assert (difference.recorded, difference.found) == ("2.0", "2.1")


@pytest.mark.parametrize(
    ("recorded", "recomputed", "alike"),
    [
        (1.0, 1.0 + 1e-12, True),
        (1.0, 1.0 + 1e-8, False),
        (1e-3, 1e-3 * (1 + 1e-8), False),
        (0.0, 1e-16, True),
        (1, 1.0, True),
        (1_000_000_000_000, 1_000_000_000_001, False),
        (1, True, False),
        (0, None, False),
        (None, None, True),
        (0.5, None, False),
        ("2.0", 2.0, False),
        ("valid", "valid", True),
        ("valid", "doubtful", False),
        ([], {}, False),
    ],
)
def test_floats_may_differ_in_their_last_digits_and_nothing_else_may(
    recorded: Any, recomputed: Any, alike: bool
) -> None:
    assert (places({"x": recorded}, {"x": recomputed}) == []) is alike


def test_what_one_side_lacks_is_a_difference_even_where_it_is_null() -> None:
    assert places({"a": 1}, {"a": 1, "b": None}) == ["b"]
    assert places({"a": [1, 2]}, {"a": [1]}) == ["a[1]"]
    assert places({"a": {"b": 1}}, {"a": 1}) == ["a"]


def test_a_moved_digit_is_found_whatever_the_size_of_the_number() -> None:
    for size in (1e-6, 1e-3, 1.0, 1e9):
        assert places([size], [size * (1 - 2e-9)]) == ["[0]"]


def test_lines_are_named_as_they_stand_in_the_recorded_text() -> None:
    found = compare_lines("report.md", "one\ntwo\nthree\n", "one\n2\nthree\nfour\n")
    assert found.compared == 3
    assert [(each.where, each.recorded, each.found) for each in found.differences] == [
        ("line 2", '"two"', '"2"'),
        ("line 4", "no such line", '"four"'),
    ]


def test_an_added_line_does_not_make_those_after_it_differ() -> None:
    text = "".join(f"line {number}\n" for number in range(100))
    assert len(compare_lines("report.md", "added\n" + text, text).differences) == 1
