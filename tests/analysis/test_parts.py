from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.parts import PART_NAMES, Part, clocks_agree, divide

WHOLE = (
    "intended_ns", "sent_ns", "connected_ns", "done_ns",
    "redis_ns", "db_ns", "render_ns", "app_ns", "app_started_ns",
)  # fmt: skip
HIT = {
    "intended_ns": 1_000_000,
    "sent_ns": 1_020_001,
    "connected_ns": None,
    "app_started_ns": 1_100_123,
    "redis_ns": 90_000,
    "db_ns": None,
    "render_ns": 12_000,
    "app_ns": 150_000,
    "done_ns": 1_299_999,
}


def answers(*rows: dict[str, Any]) -> pd.DataFrame:
    frame = pd.DataFrame(rows).astype(dict.fromkeys(WHOLE, "Int64")).astype({"intended_ns": np.int64})
    return frame.assign(block=0)


def parts_of(*, comparable: bool = True, **changes: int | None) -> dict[str, int]:
    """Return the parts of the one answer that occurred, having checked that they add up."""
    row = HIT | changes
    divided = divide(answers(row), clocks_comparable=comparable)
    found = {part.value: int(divided[part.value].iloc[0]) for part in Part}
    assert all(value >= 0 for value in found.values())
    assert sum(found.values()) == divided["response_ns"].iloc[0] == row["done_ns"] - row["intended_ns"]
    return {name: value for name, value in found.items() if value}


def test_a_hit_is_divided_at_its_moments_and_stages() -> None:
    assert parts_of() == {
        "lag": 20_001,
        "queue": 80_122,
        "redis": 90_000,
        "render": 12_000,
        "rest": 48_000,
        "back": 49_876,
    }


def test_who_had_to_connect_queues_from_then_on() -> None:
    parts = parts_of(connected_ns=1_070_000)
    assert (parts["lag"], parts["connect"], parts["queue"]) == (20_001, 49_999, 30_123)


def test_clocks_that_cannot_be_compared_leave_the_ways_one_part() -> None:
    parts = parts_of(comparable=False)
    assert parts["network"] == 80_122 + 49_876
    assert not {"queue", "back"} & parts.keys()
    assert parts_of(app_started_ns=None) == parts


def test_without_server_timing_nothing_after_sending_is_told_apart() -> None:
    nothing = dict.fromkeys(("redis_ns", "render_ns", "app_ns", "app_started_ns"))
    assert parts_of(**nothing) == {"lag": 20_001, "untold": 279_998}


def test_a_stage_rounded_up_takes_from_the_one_after() -> None:
    parts = parts_of(redis_ns=130_000, render_ns=22_000)  # together 2 µs above the whole
    assert (parts["redis"], parts["render"]) == (130_000, 20_000)
    assert "rest" not in parts


def test_stages_beyond_rounding_are_not_believed() -> None:
    assert parts_of(redis_ns=130_000, render_ns=22_001) == {
        "lag": 20_001,
        "queue": 80_122,
        "untold": 150_000,
        "back": 49_876,
    }


def test_a_whole_rounded_up_ends_when_the_answer_came() -> None:
    parts = parts_of(app_started_ns=1_020_001, app_ns=280_498)
    assert not {"queue", "back"} & parts.keys()
    assert parts["rest"] == 279_998 - 102_000


def test_a_whole_beyond_rounding_is_not_believed() -> None:
    assert parts_of(app_ns=280_499) == {"lag": 20_001, "untold": 279_998}


@pytest.mark.parametrize(("started_ns", "missing"), [(1_000_000, "queue"), (1_200_000, "back")])
def test_the_odd_start_that_does_not_fit_is_moved_to_where_it_does(started_ns: int, missing: str) -> None:
    assert missing not in parts_of(app_started_ns=started_ns)


def test_moments_out_of_order_are_moved_onto_one_another() -> None:
    assert "lag" not in parts_of(sent_ns=999_999)
    assert "connect" not in parts_of(connected_ns=1_010_000)


def test_parts_add_up_whatever_a_service_says() -> None:
    random = np.random.default_rng(7)
    size = 20_000
    frame = pd.DataFrame({name: random.integers(-10_000, 500_000, size) for name in WHOLE}).astype("Int64")
    frame[frame < 0] = pd.NA
    frame["intended_ns"] = random.integers(0, 10**15, size)
    for moment in ("sent_ns", "connected_ns", "done_ns", "app_started_ns"):
        frame[moment] += frame["intended_ns"]
    frame[["sent_ns", "done_ns"]] = np.sort(
        frame[["sent_ns", "done_ns"]].apply(lambda column: column.fillna(frame["intended_ns"])).to_numpy(np.int64)
    )
    for comparable in (True, False):
        divided = divide(frame.assign(block=0), clocks_comparable=comparable)
        parts = divided[[part.value for part in Part]]
        assert (parts.to_numpy() >= 0).all()
        assert (parts.sum(axis="columns") == divided["response_ns"]).all()
        assert (divided["response_ns"] == frame["done_ns"] - frame["intended_ns"]).all()
        assert (parts.sum() > 0).sum() >= 8  # each kind of answer occurred


@pytest.mark.parametrize(("misfits", "agree"), [(0, True), (1, True), (2, False)])
@pytest.mark.parametrize(
    "misfit", [{"app_started_ns": 1_020_000}, {"app_started_ns": 1_150_500}, {"app_ns": None}]
)
def test_clocks_agree_while_one_start_in_a_thousand_misfits(
    misfit: dict[str, Any], misfits: int, agree: bool
) -> None:
    rows = [HIT | misfit] * misfits + [HIT] * (1000 - misfits)
    assert clocks_agree(answers(*rows)) is agree


def test_another_machines_clock_does_not_agree() -> None:
    other = [HIT | {"app_started_ns": HIT["app_started_ns"] + 86_400 * 10**9}] * 10
    assert clocks_agree(answers(*other)) is False


def test_whether_clocks_agree_is_unknown_without_a_start() -> None:
    assert clocks_agree(answers(HIT | {"app_started_ns": None})) is None


def test_every_part_has_a_name() -> None:
    assert set(PART_NAMES) == set(Part)
    assert len(set(PART_NAMES.values())) == len(Part)
