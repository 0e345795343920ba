"""A trace's own timing goes on from any position, round after round, at any speed."""

import numpy as np
import pytest

from loadtests.errors import TraceError
from loadtests.traces import Timing, Trace


def trace(*timestamps_s: float) -> Trace:
    return Trace(
        file="t",
        sha256="0",
        ranks=np.arange(len(timestamps_s)),
        distinct_keys=len(timestamps_s),
        timestamps_s=np.array(timestamps_s) if timestamps_s else None,
    )


TIMING = Timing(trace(10.5, 11.0, 11.5, 13.5))


def seconds(position: int, duration_s: float, speed: float = 1.0) -> list[float]:
    return (TIMING.stretch_ns(position, duration_s, speed) / 1e9).tolist()


def test_a_stretch_begins_with_its_first_request_and_ends_before_its_end() -> None:
    assert seconds(0, 3.0) == [0.0, 0.5, 1.0]
    assert seconds(0, 3.1) == [0.0, 0.5, 1.0, 3.0]
    assert seconds(1, 1.0) == [0.0, 0.5]
    assert seconds(3, 0.5) == [0.0]


def test_after_its_last_request_a_trace_begins_again_a_mean_gap_later() -> None:
    assert TIMING.round_s == 4.0
    assert seconds(3, 2.1) == [0.0, 1.0, 1.5, 2.0]
    assert seconds(4, 3.0) == seconds(0, 3.0) == seconds(400, 3.0)
    assert len(seconds(2, 40.0)) == 40


def test_a_round_has_every_request_once() -> None:
    assert len(seconds(0, TIMING.round_s)) == 4
    assert len(seconds(0, TIMING.round_s / 3, speed=3.0)) == 4


def test_speed_shortens_what_lies_between() -> None:
    assert seconds(0, 2.0, speed=2.0) == [0.0, 0.25, 0.5, 1.5]
    assert seconds(0, 8.0, speed=0.5) == [0.0, 1.0, 2.0, 6.0]


def test_a_long_gap_ends_a_stretch_and_does_not_lengthen_it() -> None:
    timing = Timing(trace(0.0, 0.5, 86_400.0))
    assert timing.stretch_ns(0, 5.0, 1.0).tolist() == [0, 500_000_000]
    assert timing.stretch_ns(2, 5.0, 1.0).tolist() == [0]


@pytest.mark.parametrize("timestamps_s", [(3.5, 3.5), (3.5,)])
def test_a_trace_of_one_moment_has_no_timing(timestamps_s: tuple[float, ...]) -> None:
    with pytest.raises(TraceError, match="all of its requests at one moment; replay it by order"):
        Timing(trace(*timestamps_s))


def test_a_trace_without_timestamps_has_none_either() -> None:
    with pytest.raises(TraceError, match="has no timestamps; replay it by order"):
        Timing(Trace(file="t", sha256="0", ranks=np.arange(2), distinct_keys=2))


@pytest.mark.parametrize("speed", [0.0, -1.0, float("nan"), float("inf")])
def test_a_speed_must_be_above_nothing(speed: float) -> None:
    with pytest.raises(TraceError, match="give one above 0"):
        TIMING.stretch_ns(0, 1.0, speed)
