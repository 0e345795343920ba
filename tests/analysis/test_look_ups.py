import numpy as np
import pandas as pd

from analysis.look_ups import with_look_ups

MS = 1_000_000


def reads(*rows: tuple[int, int | None, int | None, int]) -> pd.DataFrame:
    """Reads as sent, begun by the service, taken by it, and done; in ms."""
    columns = ["sent_ns", "app_started_ns", "app_ns", "done_ns"]
    frame = pd.DataFrame(rows, columns=columns).astype("Int64") * MS
    return frame.assign(intended_ns=frame["sent_ns"].astype(np.int64), connected_ns=pd.NA)


def moments(frame: pd.DataFrame) -> list[list[int]]:
    found = with_look_ups(frame)
    return (found[["asked_ns", "stored_ns"]].astype(np.int64) // MS).to_numpy().tolist()


def test_where_clocks_agree_it_is_the_services_own_begin_and_end() -> None:
    assert moments(reads((0, 30, 10, 100))) == [[30, 40]]


def test_where_they_do_not_its_time_is_set_before_the_answer() -> None:
    assert moments(reads((0, 5_000, 10, 100))) == [[90, 100]]


def test_a_service_that_says_nothing_was_asked_when_the_read_was_sent() -> None:
    assert moments(reads((0, None, None, 100))) == [[0, 100]]


def test_a_service_that_says_to_have_taken_longer_than_passed_is_not_believed() -> None:
    assert moments(reads((50, None, 80, 100))) == [[50, 100]]


def test_reads_come_in_the_order_of_their_look_ups() -> None:
    assert moments(reads((0, 60, 10, 100), (20, 25, 10, 50))) == [[25, 35], [60, 70]]


def test_the_odd_moment_that_does_not_fit_is_moved_to_where_it_can_be() -> None:
    """One in a thousand is let pass where clocks agree; nothing is stored before it was asked for."""
    early, late = (50, 10, 20, 100), (50, 90, 40, 100)
    found = moments(reads(*[(0, 30, 10, 100)] * 3_000, early, late))
    assert found[-2:] == [[50, 50], [90, 100]]
