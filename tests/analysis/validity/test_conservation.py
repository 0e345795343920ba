from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analysis.cautions import State
from tests.analysis.changed import found, only
from tests.analysis.synthetic import write_run


def measured_leg(entry: dict[str, Any], arm: str) -> dict[str, Any]:
    leg: dict[str, Any] = next(
        leg for leg in entry["legs"] if leg["phase"] == "measure" and leg["arm"] == arm and leg["block"] == 2
    )
    return leg


@pytest.mark.parametrize(
    ("arm", "server", "counter"),
    [
        ("cached", "redis", "keyspace_hits"),
        ("cached", "redis", "keyspace_misses"),
        ("cached", "postgresql", "calls"),
        ("uncached", "postgresql", "calls"),
        ("uncached", "redis", "keyspace_hits"),
    ],
)
def test_a_counter_that_disagrees_by_one_makes_the_run_invalid(
    tmp_path: Path, arm: str, server: str, counter: str
) -> None:
    def tamper(entry: dict[str, Any]) -> None:
        measured_leg(entry, arm)["counters"][server][counter] += 1

    results = found(write_run(tmp_path / "run"), entry=tamper)
    caution = only(results, "conservation")
    assert (caution.severity, caution.figure, caution.operation) == (State.INVALID, 1.0, "similar")
    assert results.state is State.INVALID
    assert results.verdicts["similar"].word.value == "no verdict"
    assert results.left_out == frozenset()


def test_the_sentence_shows_all_three_numbers_side_by_side(tmp_path: Path) -> None:
    def tamper(entry: dict[str, Any]) -> None:
        counters = measured_leg(entry, "cached")["counters"]
        counters["redis"]["keyspace_hits"] += 1
        told.update(counters["redis"], calls=counters["postgresql"]["calls"])

    told: dict[str, int] = {}
    sentence = only(found(write_run(tmp_path / "run"), entry=tamper), "conservation").sentence
    hits, misses = told["keyspace_hits"], told["keyspace_misses"]
    assert sentence == (
        f"The witnesses disagree in the cached arm of block 2. Client: {hits - 1} hits and {misses} misses; "
        f"Redis: {hits} hits and {misses} misses (keyspace); "
        f"PostgreSQL: {told['calls']} calls (pg_stat_statements)."
    )


def test_failed_requests_are_slack_for_the_counters(tmp_path: Path) -> None:
    def fail_a_miss(rows: pd.DataFrame) -> pd.DataFrame:
        chosen = rows[(rows["block"] == 2) & (rows["outcome"] == "miss")].index[0]
        rows.loc[chosen, "outcome"] = "reset"
        return rows

    results = found(write_run(tmp_path / "run"), rows=fail_a_miss)
    assert {caution.code for caution in results.cautions} == {"failures"}


def test_a_hit_in_the_uncached_arm_makes_the_run_invalid(tmp_path: Path) -> None:
    def flatter(rows: pd.DataFrame) -> pd.DataFrame:
        chosen = rows[rows["outcome"] == "bypass"].index[:12]
        rows.loc[chosen, "outcome"] = "hit"
        return rows

    caution = only(found(write_run(tmp_path / "run"), rows=flatter), "uncached-hits")
    assert caution.severity is State.INVALID
    assert caution.figure == 12


def test_a_stack_without_counters_has_no_witness(tmp_path: Path) -> None:
    def forget(entry: dict[str, Any]) -> None:
        for leg in entry["legs"]:
            leg["counters"] = None

    results = found(write_run(tmp_path / "run"), entry=forget)
    assert only(results, "no-witness").severity is State.DOUBTFUL
    assert results.reads[0].price_s.value is None
    assert results.reads[0].cpu_per_request_s == {}


@pytest.mark.parametrize(
    ("counter", "extra", "valid"),
    [
        ("keyspace_misses", 20, True),
        ("keyspace_hits", 20, True),
        ("keyspace_misses", 21, False),
        ("keyspace_hits", -1, False),
        ("calls", 20, False),
    ],
)
def test_a_collapsed_request_may_have_asked_redis_but_never_postgresql(
    tmp_path: Path, counter: str, extra: int, valid: bool
) -> None:
    def collapse(rows: pd.DataFrame) -> pd.DataFrame:
        leg = rows[(rows["block"] == 2) & (rows["outcome"] == "miss")]
        rows.loc[leg.index[:20], "outcome"] = "collapsed"
        return rows

    def recount(entry: dict[str, Any]) -> None:
        counters = measured_leg(entry, "cached")["counters"]
        for server, name in (("redis", "keyspace_misses"), ("postgresql", "calls")):
            counters[server][name] -= 20
        counters["redis" if "keyspace" in counter else "postgresql"][counter] += extra

    results = found(write_run(tmp_path / "run"), rows=collapse, entry=recount)
    assert (results.cautions == ()) is valid
    if not valid:
        assert ", 20 collapsed; Redis: " in only(results, "conservation").sentence
