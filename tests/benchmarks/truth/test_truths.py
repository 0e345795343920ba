"""The truth is made from the server's log and the schedule alone."""

import numpy as np
import pytest

from benchmarks.truth.cases import Case
from benchmarks.truth.truths import begun_ns, due_ns
from loadtests.arrivals import ArrivalKind
from loadtests.target import resolve
from loadtests.traffic import leg_chunks
from tests.loadtests.conftest import leg


def log(*came_and_left: tuple[int, int]) -> "np.ndarray[tuple[int, int], np.dtype[np.int64]]":
    return np.array([(came, left, 0) for came, left in came_and_left], dtype=np.int64)


@pytest.mark.parametrize("arrivals", ["constant", "poisson"])
def test_the_schedule_drawn_anew_is_the_one_that_is_sent(arrivals: ArrivalKind) -> None:
    case = Case(name="any", arrivals=arrivals, rate_rps=300.0, leg_s=2.0, legs=1)
    sent = leg(arrivals=arrivals, rate_rps=300.0, duration_s=2.0, seed=(5, 3))
    (chunk,) = leg_chunks(sent, resolve("http://127.0.0.1:1"))
    assert chunk.offsets_ns is not None
    assert np.abs(due_ns(case, (5, 3), 1000) - 1000 - np.array(chunk.offsets_ns)).max() <= 1


def test_time_counts_from_coming_so_that_late_sending_is_an_error() -> None:
    due = np.array([0, 100])
    assert begun_ns(log((30, 80), (105, 150)), due, 1).tolist() == [30, 105]


def test_a_request_that_the_server_held_back_counts_from_when_it_was_due() -> None:
    due = np.array([0, 100, 200])  # on one connection, the first answer of which comes at 1,000
    assert begun_ns(log((5, 1000), (1010, 1020), (1030, 1040)), due, 1).tolist() == [5, 100, 200]


def test_what_is_due_behind_requests_that_were_held_back_was_held_back_too() -> None:
    due = np.array(
        [0, 100, 1005]
    )  # the third is due when nothing is waiting at the server, but the second still is
    assert begun_ns(log((5, 1000), (1010, 1020), (1030, 1040)), due, 1).tolist() == [5, 100, 1005]


def test_with_a_connection_free_nothing_is_held_back() -> None:
    due = np.array([0, 100, 200])
    assert begun_ns(log((5, 1000), (105, 1020), (207, 1040)), due, 3).tolist() == [5, 105, 207]
