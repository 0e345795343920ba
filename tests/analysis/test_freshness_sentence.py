from dataclasses import replace
from pathlib import Path

import pytest

from analysis.freshness import Freshness, FreshnessCell, measure_freshness
from analysis.freshness_residuals import describe_fit, explain_residuals
from analysis.freshness_sentence import describe_deletion, describe_races, describe_trade, summarise_freshness
from analysis.run import read_run
from tests.analysis.synthetic_freshness import FreshTruth, write_freshness


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Freshness:
    return measure_freshness(read_run(write_freshness(tmp_path_factory.mktemp("said") / "run")))[0]


def with_cells(found: Freshness, **changes: object) -> Freshness:
    """Return what was found with some fields of every cell changed."""
    cells: tuple[FreshnessCell, ...] = tuple(replace(cell, **changes) for cell in found.cells)  # type: ignore[arg-type]
    return replace(found, cells=cells)


def off_by(found: Freshness, hit_points: float, **changes: object) -> Freshness:
    """Return the first cell alone, its hit ratio so far from what was predicted."""
    cell = found.cells[0]
    measured = cell.hit_ratio.measured
    assert cell.hit_ratio.predicted is not None and measured.value is not None
    value = cell.hit_ratio.predicted + hit_points / 100
    figure = replace(
        cell.hit_ratio, measured=replace(measured, value=value), residual=hit_points / 100, replay_spread=0.001
    )
    return with_cells(replace(found, cells=(cell,)), hit_ratio=figure, **changes)


def test_each_second_of_life_is_told_with_what_it_buys_and_costs(found: Freshness) -> None:
    unwritten, written = describe_trade(found)
    assert unwritten.startswith("With no writes, from 1 s to 5 s of life database calls go from ")
    assert "stale" not in unwritten
    assert written.startswith("With 8 writes a second, from 1 s to 5 s")
    assert "fewer for each second) and stale answers from " in written
    calls = [cell.database_rps.measured.value or 0.0 for cell in found.cells[:2]]
    assert f"({(calls[0] - calls[1]) / 4:.1f} fewer for each second)" in unwritten


def test_one_time_to_live_alone_has_nothing_to_be_traded(found: Freshness) -> None:
    (told,) = describe_trade(replace(found, cells=found.cells[:1]))
    assert told.startswith("With no writes, left to live 1 s, ")
    assert told.endswith("/s database calls remain.")


def test_deletion_is_set_against_the_same_life_without_it(found: Freshness) -> None:
    at_1_s, at_5_s = describe_deletion(found)
    assert at_1_s.startswith("At 1 s and 8 writes a second, deletion takes the hit ratio from ")
    assert "predicted), database calls from " in at_5_s
    assert at_5_s.endswith("to 0.0 %.")


def test_the_summary_is_of_the_highest_rate_of_writes(found: Freshness) -> None:
    told = summarise_freshness(found)
    assert told.startswith("GET /user/<name>, 200 reads and 8 writes a second: left to live 1 s, ")
    assert "; left to live 5 s, " in told
    assert "; deleted on every write, at 5 s, 0.0 % of the answers are stale and " in told
    assert summarise_freshness(replace(found, cells=())) == "What freshness costs GET /user/<name> is not known."


def test_a_summary_of_deletion_alone_or_of_no_writes_says_what_there_is(found: Freshness) -> None:
    deleted = summarise_freshness(replace(found, cells=found.cells[-2:]))
    assert deleted.startswith(
        "GET /user/<name>, 200 reads and 8 writes a second: deleted on every write, at 1 s, "
    )
    assert "left" not in deleted
    unwritten = summarise_freshness(replace(found, cells=found.cells[:2]))
    assert "200 reads and no writes: left to live 1 s, " in unwritten
    assert "stale" not in unwritten


def test_no_race_is_told_of_where_there_was_none(found: Freshness) -> None:
    assert list(describe_races(found)) == []


def test_stale_answers_under_deletion_are_named_as_the_race(found: Freshness) -> None:
    raced = replace(
        found, cells=tuple(replace(each, stale=7, stale_entries=2, raced_entries=1) for each in found.cells[-1:])
    )
    (told,) = describe_races(raced)
    assert told.startswith("Deleted on a write, 7 of ")
    assert "the race of a look-aside cache" in told
    assert told.endswith("1 of 2 such entries was filled by a miss that was under way during the write.")


def test_the_race_is_told_of_as_proven_where_every_entry_was_filled_in_it(found: Freshness) -> None:
    for entries, words in (
        (1, "The one such entry was filled by a miss"),
        (3, "All 3 such entries were filled by a"),
    ):
        cell = replace(found.cells[-1], stale=7, stale_entries=entries, raced_entries=entries)
        (told,) = describe_races(replace(found, cells=(cell,)))
        assert words in told


def test_deletions_that_were_not_made_are_told_from_the_race(found: Freshness) -> None:
    last = found.cells[-1]
    missed = replace(last, stale=7, stale_entries=2, deletions=last.writes - 3)
    (told,) = describe_races(replace(found, cells=(missed,)))
    assert f"Redis saw {last.writes - 3} deletions for {last.writes} writes" in told
    assert "race" not in told


def test_the_fit_names_the_furthest_cell_of_each(found: Freshness) -> None:
    told = describe_fit(found)
    assert told.startswith("In 6 cells the hit ratio was within ")
    assert "and the share of stale answers was within " in told
    assert describe_fit(replace(found, cells=())).startswith("There is no law")


def test_small_differences_are_let_pass(found: Freshness) -> None:
    assert list(explain_residuals(off_by(found, 1.9))) == []
    assert len(list(explain_residuals(off_by(found, 2.1)))) == 1


def test_a_difference_gets_the_first_cause_that_can_be_shown(found: Freshness) -> None:
    (clocks,) = explain_residuals(off_by(found, -5.0, impossible=3, warm_up_s=0.2))
    assert "3 answers cannot have come when the clock has them" in clocks
    (young,) = explain_residuals(off_by(found, -5.0, warm_up_s=0.2))
    assert "The warm-up lasted 0.2 s, less than the 1.1 s that an entry may live" in young
    (server,) = explain_residuals(off_by(found, -5.0))
    assert "so most of it is the server's" in server


def test_a_replay_as_far_off_says_in_what_the_traffic_differs(found: Freshness) -> None:
    def told(**changes: object) -> str:
        far = off_by(found, -5.0, **changes)
        figure = replace(far.cells[0].hit_ratio, replayed=far.cells[0].hit_ratio.measured.value)
        (sentence,) = explain_residuals(with_cells(far, hit_ratio=figure))
        return sentence

    assert "it is the traffic, by chance or in its pauses, that differs" in told()
    assert "by chance of 7 writes or in its pauses" in told(writes=7)
    assert "one request in a hundred was answered after 0.2 s)" in told(response_p99_s=0.2)
    assert "one request in a hundred was never answered" in told(response_p99_s=None)


def test_a_short_warm_up_explains_no_surplus_of_hits(found: Freshness) -> None:
    (told,) = explain_residuals(off_by(found, 5.0, warm_up_s=0.2))
    assert "warm-up" not in told


def test_failed_writes_explain_too_few_stale_answers(found: Freshness) -> None:
    cell = found.cells[2]
    figure = replace(cell.stale_ratio, residual=-0.05)
    (told,) = explain_residuals(replace(found, cells=(replace(cell, stale_ratio=figure, failed_writes=4),)))
    assert "4 writes failed and may have been committed all the same" in told


def test_a_real_server_that_keeps_too_long_is_blamed(tmp_path: Path) -> None:
    keeps = FreshTruth(ttls_s=(1.0,), write_rates_rps=(8.0,), policies=("none",), keeps_ratio=2.0)
    (found,) = measure_freshness(read_run(write_freshness(tmp_path / "run", keeps)))
    told = next(iter(explain_residuals(found)))
    assert "entries live shorter or longer than they were told to" in told
