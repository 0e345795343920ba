from pathlib import Path

import pandas as pd
import pytest

from analysis.cautions import State
from tests.analysis.changed import found, only
from tests.analysis.synthetic import write_run
from tests.analysis.validity.conftest import Entry, Judge
from tests.analysis.validity.legs import BLOCK, change, legs, seconds, worker_share


def test_dropped_requests_are_named(tmp_path: Path) -> None:
    def drop(rows: pd.DataFrame) -> pd.DataFrame:
        chosen = rows[(rows["block"] == 2) & (rows["arm"] == "cached")].index[100:140]
        rows.loc[chosen, "outcome"] = "dropped"
        return rows

    results = found(write_run(tmp_path / "run"), rows=drop)
    caution = only(results, "dropped")
    assert caution.severity is State.DOUBTFUL
    assert caution.figure == 40
    assert {verdict.block for verdict in results.block_verdicts if "dropped" in verdict.reasons} == {2}


def test_an_arm_that_falls_behind_its_schedule_is_doubtful(tmp_path: Path) -> None:
    def stall(rows: pd.DataFrame) -> pd.DataFrame:
        late = rows["arm"] == "uncached"
        rows.loc[late, "done_ns"] += 200_000_000
        return rows

    caution = only(found(write_run(tmp_path / "run"), rows=stall), "rate-missed")
    assert caution.severity is State.DOUBTFUL
    assert caution.sentence.startswith("The uncached arm")
    assert (caution.figure or 1) < 0.95


def test_requests_that_left_late_are_doubtful(tmp_path: Path) -> None:
    results = found(write_run(tmp_path / "run", lag_ms=3.0))
    cautions = {caution.sentence.split()[3]: caution for caution in results.cautions if caution.code == "lag"}
    assert set(cautions) == {"cached", "uncached"}
    (read,) = results.reads
    for arm, caution in cautions.items():
        tail_s = read.response_time[arm]["p99"].value
        assert tail_s is not None
        assert caution.figure == pytest.approx(0.003, rel=0.05)
        assert caution.threshold == pytest.approx(max(0.001, 0.1 * tail_s))


def test_a_tenth_of_the_tail_is_let_pass(tmp_path: Path) -> None:
    slow = write_run(tmp_path / "run", hit_ms=40.0, uncached_ms=60.0, rate_rps=25.0, lag_ms=3.0)
    assert found(slow).state is State.VALID


def late(rows: pd.DataFrame, *, arm: str, block: int, by_ns: int, share: float) -> pd.DataFrame:
    """Delay the sending of a share of the requests of one leg, within their response times."""
    leg = rows[(rows["block"] == block) & (rows["arm"] == arm)]
    chosen = leg.index[: int(share * len(leg))]
    rows.loc[chosen, "sent_ns"] = rows.loc[chosen, "intended_ns"] + by_ns
    return rows


def test_lag_in_one_block_is_told_of_that_block(tmp_path: Path) -> None:
    results = found(
        write_run(tmp_path / "run"),
        rows=lambda rows: late(rows, arm="uncached", block=3, by_ns=2_000_000, share=0.03),
    )
    caution = only(results, "lag")
    assert (caution.block, caution.arm) == (3, "uncached")
    assert caution.figure == pytest.approx(0.002)
    assert caution.threshold == pytest.approx(0.001, rel=0.1)
    assert "by 2.00 ms at p99, where" in caution.sentence


def test_lag_below_a_millisecond_is_let_pass(tmp_path: Path) -> None:
    results = found(
        write_run(tmp_path / "run"),
        rows=lambda rows: late(rows, arm="uncached", block=3, by_ns=990_000, share=0.03),
    )
    assert results.cautions == ()


def test_a_leg_too_small_for_its_p99_is_judged_by_its_p95(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", requests=300)
    results = found(folder, rows=lambda rows: late(rows, arm="uncached", block=3, by_ns=5_000_000, share=0.03))
    assert results.cautions == ()
    caution = only(
        found(folder, rows=lambda rows: late(rows, arm="uncached", block=3, by_ns=5_000_000, share=0.06)), "lag"
    )
    assert "at p95" in caution.sentence


def test_what_a_whole_read_is_doubted_for_is_not_told_of_its_blocks_again(tmp_path: Path) -> None:
    results = found(write_run(tmp_path / "run", lag_ms=3.0))
    assert sorted(caution.arm or "" for caution in results.cautions if caution.code == "lag") == [
        "cached",
        "uncached",
    ]
    assert all("lag" in verdict.reasons for verdict in results.block_verdicts)


def test_a_starved_generator_names_who_shared_its_cores(judge: Judge) -> None:
    caution = only(judge(change(worker_share("run_delay_s"), 0.4)), "generator-starved")
    assert "waited for a core for 40 % of the time" in caution.sentence
    assert "it shares cores 0 and 1 with data-service, postgresql and redis." in caution.sentence


def test_a_generator_on_cores_of_its_own_shares_them_with_nobody(judge: Judge) -> None:
    def isolate(entry: Entry) -> None:
        change(worker_share("run_delay_s"), 0.4)(entry)
        for leg in legs(entry):
            leg["workers"][0]["cores"] = [7]

    assert "shares" not in only(judge(isolate), "generator-starved").sentence


def test_a_pause_is_held_against_the_tail(tmp_path: Path) -> None:
    def pause(entry: Entry) -> None:
        for leg in legs(entry):
            leg["workers"][0]["gc_pause_s"] = 0.005

    slow = write_run(tmp_path / "slow", hit_ms=40.0, uncached_ms=60.0, rate_rps=25.0)
    assert found(slow, entry=pause).cautions == ()
    quick = write_run(tmp_path / "quick")
    caution = only(found(quick, entry=pause), "gc-pause")
    assert "paused it for 5.00 ms" in caution.sentence


def test_the_busiest_process_is_the_one_that_is_named(judge: Judge) -> None:
    def add(entry: Entry) -> None:
        for leg in legs(entry, arm="cached"):
            leg["workers"].append({"worker": 1, "cpu_s": 0.97 * seconds(leg)})

    assert "generator process 1 used 97 % of a core" in only(judge(add), "generator-cpu").sentence


def lose_a_worker(entry: Entry) -> None:
    for leg in legs(entry, arm="cached"):
        leg["lost_workers"] = 1


def test_a_lost_worker_costs_its_block_and_not_the_run(tmp_path: Path) -> None:
    def lose_half(rows: pd.DataFrame) -> pd.DataFrame:
        leg = rows[(rows["block"] == BLOCK) & (rows["arm"] == "cached")]
        return rows.drop(leg.index[::2])

    results = found(write_run(tmp_path / "run"), rows=lose_half, entry=lose_a_worker)
    assert results.left_out == {("similar", BLOCK)}
    assert results.state is State.DOUBTFUL
    assert [caution.code for caution in results.cautions] == ["blocks-left-out"]
    (verdict,) = [each for each in results.block_verdicts if each.left_out]
    assert verdict.reasons[0] == "worker-lost"
    assert results.reads[0].speed_up.mean.blocks == 7


def test_without_a_lost_worker_the_same_gap_takes_the_run(tmp_path: Path) -> None:
    def lose_half(rows: pd.DataFrame) -> pd.DataFrame:
        leg = rows[(rows["block"] == BLOCK) & (rows["arm"] == "cached")]
        return rows.drop(leg.index[::2])

    results = found(write_run(tmp_path / "run"), rows=lose_half)
    assert results.state is State.INVALID
    assert {caution.code for caution in results.cautions} == {"samples-lost", "conservation"}
