"""Blocks that are left out, and reasons of many blocks that are told in one sentence."""

from pathlib import Path

import pytest

from analysis.cautions import State
from analysis.results import Results
from tests.analysis.changed import found, only
from tests.analysis.synthetic import THREE_READS, read_rows, write_run, write_samples
from tests.analysis.validity.conftest import Entry, Judge
from tests.analysis.validity.legs import Change, change, counter, host_share, legs

ALL = tuple(range(8))


def lose_workers(blocks: tuple[int, ...]) -> Change:
    def lose(entry: Entry) -> None:
        for leg in legs(entry, arm="uncached", blocks=blocks):
            leg["lost_workers"] = 1

    return lose


def test_a_reason_of_several_blocks_is_one_sentence_with_the_worst(judge: Judge) -> None:
    def steal(entry: Entry) -> None:
        for block, share in ((1, 0.03), (4, 0.07), (6, 0.04)):
            change(host_share("steal_s", of_cores=True), share, blocks=(block,))(entry)

    caution = only(judge(steal), "steal")
    assert caution.sentence == (
        "In 3 of 8 blocks, worst in block 4 (cached arm): "
        "the hypervisor gave 7 % of the processors' time to others, more than 2 %."
    )
    assert (caution.block, caution.arm, caution.figure) == (None, "cached", pytest.approx(0.07))


def test_a_reason_of_both_arms_is_of_neither(judge: Judge) -> None:
    def steal(entry: Entry) -> None:
        for arm in ("cached", "uncached"):
            change(host_share("steal_s", of_cores=True), 0.05, arm=arm, blocks=ALL)(entry)

    caution = only(judge(steal), "steal")
    assert caution.sentence.startswith("In all 8 blocks, worst in block ")
    assert caution.arm is None


def test_a_reason_of_every_read_is_told_once(tmp_path: Path) -> None:
    steal = change(host_share("steal_s", of_cores=True), 0.05, blocks=(2, 3))
    caution = only(found(write_run(tmp_path / "run", THREE_READS), entry=steal), "steal")
    assert caution.operation is None
    assert caution.sentence.startswith("In 6 of 24 blocks, worst in block ")
    assert "of GET /user/<name>" in caution.sentence


def test_a_machine_on_fire_is_still_a_short_list(tmp_path: Path) -> None:
    def ruin(entry: Entry) -> None:
        for arm in ("cached", "uncached"):
            for name in ("steal_s", "foreign_cpu_s", "pressure_s", "throttled_s"):
                change(host_share(name, of_cores=False), 0.9, arm=arm, blocks=ALL)(entry)
            change(counter("redis", "total_forks"), 1, arm=arm, blocks=ALL)(entry)

    results = found(write_run(tmp_path / "run", THREE_READS), entry=ruin)
    assert len([each for verdict in results.block_verdicts for each in verdict.cautions]) == 5 * 2 * 24
    assert [caution.code for caution in results.cautions] == [
        "steal",
        "cpu-pressure",
        "foreign-cpu",
        "throttled",
        "fork",
    ]


def speed_up(results: Results) -> float:
    value = results.reads[0].speed_up.mean.value
    assert value is not None
    return value


def test_a_block_that_is_left_out_has_no_part_in_any_estimate(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run")
    untouched = found(folder)
    rows = read_rows(folder)
    slow = (rows["block"] == 3) & (rows["arm"] == "uncached")
    rows.loc[slow, "done_ns"] += 80_000_000
    write_samples(folder, rows)
    spoilt = found(folder)
    kept = found(folder, entry=lose_workers((3,)))
    assert speed_up(spoilt) > 1.2 * speed_up(untouched)
    assert speed_up(kept) == pytest.approx(speed_up(untouched), rel=0.03)
    (read,) = kept.reads
    estimates = [read.hit_ratio, read.price_s, read.response_time["uncached"]["mean"], read.achieved_rps["cached"]]
    assert {estimate.blocks for estimate in estimates} == {7}
    assert sum(read.requests["cached"].values()) == 7 * 500


def test_a_block_that_is_left_out_keeps_its_figures_and_its_reasons(judge: Judge) -> None:
    entry = judge(lose_workers((3,))).to_json()
    states = {row["block"]: (row["state"], row["reasons"]) for row in entry["blocks"]}
    assert states == {block: ("valid", []) for block in ALL} | {3: ("invalid", ["worker-lost"])}
    (caution,) = entry["block_cautions"]
    assert (caution["code"], caution["block"], caution["arm"]) == ("worker-lost", 3, "uncached")
    assert (entry["reads"][0]["state"], entry["reads"][0]["reasons"]) == ("doubtful", ["blocks-left-out"])


@pytest.mark.parametrize(("lost", "state"), [((1, 3, 5, 7), State.DOUBTFUL), ((1, 3, 5, 6, 7), State.INVALID)])
def test_more_than_half_of_the_blocks_must_not_be_left_out(
    judge: Judge, lost: tuple[int, ...], state: State
) -> None:
    results = judge(lose_workers(lost))
    caution = only(results, "blocks-left-out")
    assert (caution.severity, results.state) == (state, state)
    assert caution.figure == len(lost) / 8
    assert caution.sentence.startswith(f"{len(lost)} of 8 blocks are left out of every estimate")
    assert f"In {len(lost)} of 8 blocks, worst in block 1 (uncached arm): a generator process" in caution.sentence


@pytest.mark.parametrize(("blocks", "state"), [(2, State.INVALID), (3, State.DOUBTFUL)])
def test_one_block_that_remains_is_too_few(tmp_path: Path, blocks: int, state: State) -> None:
    results = found(write_run(tmp_path / "run", blocks=blocks), entry=lose_workers((1,)))
    assert only(results, "blocks-left-out").severity is state


def test_a_run_whose_every_block_is_left_out_has_no_verdict(judge: Judge) -> None:
    results = judge(lose_workers(ALL))
    assert results.state is State.INVALID
    assert results.headline.startswith("No verdict: this run is not valid. 8 of 8 blocks are left out")


def test_doubts_about_a_block_that_is_left_out_do_not_touch_the_run(judge: Judge) -> None:
    def spoil(entry: Entry) -> None:
        lose_workers((3,))(entry)
        change(host_share("steal_s", of_cores=True), 0.5, blocks=(3,))(entry)

    assert [caution.code for caution in judge(spoil).cautions] == ["blocks-left-out"]


def test_witnesses_that_disagree_in_a_block_that_is_left_out_take_the_run_all_the_same(judge: Judge) -> None:
    def spoil(entry: Entry) -> None:
        for leg in legs(entry, arm="cached"):
            leg["counters"]["redis"]["commands"]["flushall"] = 1
            leg["counters"]["redis"]["keyspace_hits"] += 1

    results = judge(spoil)
    assert results.state is State.INVALID
    assert {caution.code for caution in results.cautions} == {"blocks-left-out", "conservation"}


def test_legs_that_disagree_are_counted_behind_the_worst(judge: Judge) -> None:
    def spoil(entry: Entry) -> None:
        for extra, block in ((1, 2), (9, 4), (3, 6)):
            (leg,) = legs(entry, arm="cached", blocks=(block,))
            leg["counters"]["redis"]["keyspace_hits"] += extra

    caution = only(judge(spoil), "conservation")
    assert caution.figure == 9
    assert caution.sentence.startswith("The witnesses disagree in the cached arm of block 4. Client: ")
    assert caution.sentence.endswith(" So do those of 2 more legs.")
