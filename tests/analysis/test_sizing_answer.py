"""What a sweep comes to in words, held to points that are made up."""

from dataclasses import replace
from typing import Any

import pytest

from analysis.estimates import Estimate
from analysis.sizing import Sizing, SizingPoint
from analysis.sizing_answer import answer_sizing
from analysis.sizing_forecast import Forecast

KIB = 1_024


def estimate(value: float | None, unit: str = "ratio") -> Estimate:
    ends = (None, None) if value is None else (value - 0.01, value + 0.01)
    return Estimate(value=value, low=ends[0], high=ends[1], unit=unit, count=10_000, blocks=5)


def point(size_ratio: float, hit_ratio: float | None, **changed: Any) -> SizingPoint:
    entries = round(10_000 * size_ratio)
    made = SizingPoint(
        policy="allkeys-lru",
        size_ratio=size_ratio,
        entries_planned=entries,
        entries_held=float(entries),
        entry_bytes=512.0,
        maxmemory_bytes=entries * 512 + 1_000 * KIB,
        offered_rate_rps=2_000.0,
        rate_rps=2_000.0,
        requests=10_000,
        measured=estimate(hit_ratio),
        forecast=Forecast(predicted=hit_ratio, textbook=0.7 + size_ratio, replayed=None, turnover_s=1.0),
        residual=0.0,
        p50=estimate(0.001, "s"),
        p99=estimate(0.002, "s"),
        database_rps=estimate(100.0, "1/s"),
        evictions_rps=estimate(100.0, "1/s"),
        used_memory_bytes=None,
        settled=True,
        repeated_misses_ratio=0.0,
    )
    return replace(made, **changed)


def sweep(*points: SizingPoint, **changed: Any) -> Sizing:
    made = Sizing(
        operation="user",
        route="GET /user/<name>",
        working_set_keys=10_000,
        of_trace=False,
        capacity_rps=4_000.0,
        points=points,
        compared_size_ratio=0.1,
    )
    return replace(made, **changed)


THREE = (point(0.05, 0.6), point(0.1, 0.7), point(0.2, 0.8))


def test_the_size_that_was_compared_is_answered_for_and_the_next_one_beside_it() -> None:
    assert answer_sizing(sweep(*THREE)) == (
        "1,000 entries, 1.46 MiB of maxmemory, give a hit ratio of 70.0 (69.0–71.0) % "
        "under allkeys-lru at 2,000/s; "
        "twice as many, 1.95 MiB, give 80.0 (79.0–81.0) %. The textbook's LRU would have said 80.0 % and 90.0 %. "
        "Take the larger size where 500 KiB more cost less than the 200/s database calls that it saves."
    )


def test_without_a_comparison_it_is_the_middle_size() -> None:
    assert str(answer_sizing(sweep(*THREE, compared_size_ratio=None))).startswith("1,000 entries")
    assert str(answer_sizing(sweep(*THREE, compared_size_ratio=0.06))).startswith("500 entries")


def test_the_largest_size_has_nothing_beside_it() -> None:
    answer = str(answer_sizing(sweep(*THREE, compared_size_ratio=0.5)))
    assert answer.startswith("2,000 entries") and answer.endswith("The textbook's LRU would have said 90.0 %.")


def test_a_size_that_is_not_the_double_is_named() -> None:
    assert "; 5,000 entries, 3.42 MiB of maxmemory, give 90.0" in str(
        answer_sizing(sweep(*THREE[:2], point(0.5, 0.9)))
    )


def test_what_hardly_hits_more_often_is_not_advised() -> None:
    answer = str(answer_sizing(sweep(*THREE[:2], point(0.2, 0.715))))
    assert answer.endswith("Leave it at that: the larger size hardly hits more often.")


def test_one_policy_at_one_rate_is_answered_for() -> None:
    others = (
        point(0.15, 0.9, policy="allkeys-lfu"),
        point(0.11, 0.2, offered_rate_rps=None),
        point(0.12, None),
    )
    assert answer_sizing(sweep(THREE[0], *others, *THREE[1:])) == answer_sizing(sweep(*THREE))


@pytest.mark.parametrize(
    ("pass_requests", "said"),
    [(10_000, "over one pass over the trace"), (50_000, "over the first 10,000 requests of the trace")],
)
def test_what_of_a_trace_was_replayed_is_said(pass_requests: int, said: str) -> None:
    answer = str(answer_sizing(sweep(*THREE, of_trace=True, pass_requests=pass_requests)))
    assert f"{said} from an empty cache; twice" in answer


def test_what_is_not_known_is_left_out() -> None:
    blind = Forecast(predicted=None, textbook=None, replayed=None, turnover_s=None)
    bare = [replace(each, maxmemory_bytes=None, forecast=blind) for each in THREE]
    answer = str(answer_sizing(sweep(*bare)))
    assert "unknown" not in answer and "textbook" not in answer
    assert "where 1,000 entries more cost less" in answer
    assert answer_sizing(sweep(point(0.1, None))) is None
    assert answer_sizing(sweep()) is None
