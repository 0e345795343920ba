import numpy as np
import pandas as pd
import pytest

from analysis.staleness import Judgement, commits_of, judge_staleness

MS = 1_000_000
READ = {"key": 1, "failed": False, "version": 1}


def frame(*rows: dict[str, object]) -> pd.DataFrame:
    """Rows as they are read from samples; times are given in ms."""
    table = pd.DataFrame([{**READ, **row} for row in rows])
    table = table.assign(sent_ns=table["sent"] * MS, done_ns=table["done"] * MS).drop(columns=["sent", "done"])
    return table.astype(dict.fromkeys(("sent_ns", "done_ns", "version"), "Int64"))


def judged(reads: pd.DataFrame, *writes: dict[str, object]) -> Judgement:
    return judge_staleness(reads, commits_of(frame(*writes) if writes else frame({"sent": 0, "done": 1}).iloc[:0]))


def test_an_answer_is_stale_once_a_later_version_was_done_before_it_was_asked_for() -> None:
    reads = frame({"sent": 19, "done": 25}, {"sent": 21, "done": 25}, {"sent": 21, "done": 25, "version": 2})
    found = judged(reads, {"sent": 10, "done": 20, "version": 2})
    assert found.stale.tolist() == [False, True, False]


def test_age_runs_from_the_first_write_that_is_missing_to_the_answer() -> None:
    reads = frame({"sent": 90, "done": 95}, {"sent": 90, "done": 95, "version": 2})
    found = judged(reads, {"sent": 10, "done": 20, "version": 2}, {"sent": 50, "done": 60, "version": 3})
    assert found.age_s.tolist() == pytest.approx([0.075, 0.035])


def test_writes_that_end_out_of_order_overtake_from_the_first_that_was_done() -> None:
    """Version 3 was done at 30, before version 2 was: from 30 on an answer with version 1 was out of date."""
    reads = frame({"sent": 35, "done": 36}, {"sent": 45, "done": 46, "version": 2})
    found = judged(reads, {"sent": 10, "done": 40, "version": 2}, {"sent": 20, "done": 30, "version": 3})
    assert found.stale.tolist() == [True, True]
    assert found.age_s.tolist() == pytest.approx([0.006, 0.016])


def test_other_keys_are_no_business_of_it() -> None:
    found = judged(frame({"sent": 50, "done": 60}), {"key": 2, "sent": 10, "done": 20, "version": 5})
    assert not found.stale.any()
    assert np.isnan(found.age_s).all()


def test_reads_that_were_sent_during_a_write_are_counted_and_called_fresh() -> None:
    reads = frame(
        *({"sent": sent, "done": sent + 9} for sent in (5, 10, 15, 20, 25)), {"sent": 15, "done": 24, "key": 2}
    )
    found = judged(reads, {"sent": 9, "done": 20, "version": 2})
    assert found.under_way.tolist() == [False, True, True, False, False, False]
    assert found.stale.tolist() == [False, False, False, False, True, False]


def test_two_writes_at_a_time_are_under_way_until_both_are_done() -> None:
    reads = frame(*({"sent": sent, "done": sent + 1} for sent in (25, 35)))
    writes = ({"sent": 10, "done": 20, "version": 2}, {"sent": 12, "done": 30, "version": 3})
    assert judged(reads, *writes).under_way.tolist() == [True, False]


def test_a_failed_write_makes_nothing_stale() -> None:
    reads = frame({"sent": 50, "done": 60})
    failed = {"sent": 10, "done": 20, "version": 2, "failed": True}
    assert not judged(reads, failed).stale.any()
    assert judged(reads, {**failed, "failed": False}).stale.all()


def test_what_failed_or_says_no_version_is_not_judged() -> None:
    reads = frame(
        {"sent": 50, "done": 60, "failed": True},
        {"sent": 50, "done": 60, "version": None},
        {"sent": 50, "done": 60},
    )
    found = judged(reads, {"sent": 10, "done": 20, "version": 2})
    assert found.judged.tolist() == [False, False, True]
    assert found.stale.tolist() == [False, False, True]


def test_a_version_from_the_future_is_noticed() -> None:
    reads = frame({"sent": 1, "done": 9, "version": 2}, {"sent": 1, "done": 11, "version": 2})
    assert judged(reads, {"sent": 10, "done": 20, "version": 2}).ahead.tolist() == [True, False]


def test_it_is_the_same_as_looking_at_every_pair() -> None:
    rng = np.random.default_rng(7)
    reads = _random_rows(rng, 400, versions=6)
    writes = _random_rows(rng, 60, versions=6).drop_duplicates(["key", "version"]).reset_index(drop=True)
    found = judge_staleness(reads, commits_of(writes))
    for place, read in reads.iterrows():
        later = writes[(writes["key"] == read["key"]) & (writes["version"] > read["version"])]
        missed = later[later["done_ns"] < read["sent_ns"]]
        assert found.stale[place] == (len(missed) > 0)  # type: ignore[index]
        if len(missed):
            age_s = (read["done_ns"] - later["done_ns"].min()) / 1e9
            assert found.age_s[place] == pytest.approx(age_s)  # type: ignore[index]


def _random_rows(rng: np.random.Generator, count: int, versions: int) -> pd.DataFrame:
    sent = rng.integers(0, 1_000, count)
    return pd.DataFrame(
        {
            "key": rng.integers(0, 5, count),
            "failed": False,
            "version": rng.integers(1, versions, count),
            "sent_ns": sent * MS,
            "done_ns": (sent + rng.integers(1, 50, count)) * MS,
        }
    ).astype(dict.fromkeys(("sent_ns", "done_ns", "version"), "Int64"))
