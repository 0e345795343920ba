import pandas as pd

from analysis.races import count_raced, stale_entries

MS = 1_000_000
COMMITS = pd.DataFrame(
    {"key": [1, 1], "version": [2, 3], "sent_ns": [10 * MS, 90 * MS], "done_ns": [20 * MS, 95 * MS]}
)


def reads(*rows: dict[str, object]) -> pd.DataFrame:
    """Rows as they are read from samples; times are given in ms."""
    blank = {"key": 1, "version": 1, "outcome": "miss", "failed": False}
    table = pd.DataFrame([{**blank, **row} for row in rows])
    table = table.assign(sent_ns=table["sent"] * MS, done_ns=table["done"] * MS)
    return table.astype(dict.fromkeys(("sent_ns", "done_ns", "version"), "Int64"))


STALE = stale_entries(
    reads({"sent": 30, "done": 31, "outcome": "hit"}, {"sent": 40, "done": 41, "outcome": "hit"})
)


def test_answers_from_one_entry_are_one() -> None:
    assert STALE.to_numpy().tolist() == [[1, 1]]


def test_a_miss_that_was_under_way_during_the_write_filled_it() -> None:
    for sent, done in ((9, 11), (11, 19), (19, 30)):
        assert count_raced(STALE, reads({"sent": sent, "done": done}), COMMITS) == 1


def test_a_fill_before_or_after_the_write_was_no_race() -> None:
    for sent, done in ((1, 9), (21, 25)):
        assert count_raced(STALE, reads({"sent": sent, "done": done}), COMMITS) == 0


def test_neither_a_hit_nor_another_version_nor_another_user_filled_it() -> None:
    for other in ({"outcome": "hit"}, {"version": 2}, {"key": 2}, {"failed": True}):
        assert count_raced(STALE, reads({"sent": 11, "done": 19, **other}), COMMITS) == 0


def test_two_misses_at_a_time_fill_one_entry() -> None:
    assert count_raced(STALE, reads({"sent": 9, "done": 15}, {"sent": 11, "done": 19}), COMMITS) == 1
