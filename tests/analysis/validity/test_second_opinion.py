from dataclasses import replace
from pathlib import Path

import pytest

from analysis.results import Results, analyse
from analysis.run import read_run
from analysis.sign_flip import SecondOpinion
from analysis.validity.second_opinion import disagreements
from tests.analysis.synthetic import read_rows, write_run, write_samples


def opinion(low: float, high: float) -> SecondOpinion:
    return SecondOpinion(sign_flip_p=0.04, low=low, high=high, blocks=8)


@pytest.mark.parametrize(
    ("interval", "test", "limit"),
    [
        ((1.12, 1.40), (1.08, 1.39), 1.10),
        ((1.08, 1.40), (1.12, 1.39), 1.10),
        ((0.99, 1.05), (1.01, 1.05), 1.0),
        ((0.90, 0.99), (0.89, 1.01), 1.0),
    ],
)
def test_they_disagree_where_one_alone_holds_the_limit(
    results: Results, interval: tuple[float, float], test: tuple[float, float], limit: float
) -> None:
    read = results.reads[1]
    mean = replace(read.speed_up.mean, low=interval[0], high=interval[1])
    changed = replace(
        read,
        speed_up=replace(read.speed_up, mean=mean),
        second_opinion={**read.second_opinion, "mean": opinion(*test)},
    )
    (caution,) = disagreements(changed)
    assert caution.code == "second-opinion"
    assert caution.severity == "doubtful"
    assert caution.threshold == limit
    assert f"{test[0]:.3f}" in caution.sentence
    assert caution.operation == read.operation


def test_they_agree_where_the_effect_is_clear(results: Results) -> None:
    assert not [each for read in results.reads for each in disagreements(read)]


def test_too_few_blocks_for_the_test_are_no_disagreement(tmp_path: Path) -> None:
    results = analyse(read_run(write_run(tmp_path / "run", blocks=5)))
    assert results.reads[0].second_opinion["mean"].bounds is None
    assert "second-opinion" not in [caution.code for caution in results.cautions]


def test_a_run_with_one_block_unlike_the_rest_is_doubted(tmp_path: Path) -> None:
    """All blocks favour the cache, seven by a little and one fivefold, which makes the t interval wide."""
    folder = write_run(tmp_path / "run", hit_ms=3.6, miss_overhead_ms=0.0, requests=2_000)
    rows = read_rows(folder).astype({"outcome": str})
    chosen = (rows["block"] == 3) & (rows["arm"] == "uncached")
    rows.loc[chosen, "done_ns"] += 4 * (rows.loc[chosen, "done_ns"] - rows.loc[chosen, "sent_ns"])
    write_samples(folder, rows)
    results = analyse(read_run(folder))
    low, high = results.reads[0].speed_up.mean.bounds or (0.0, 0.0)
    assert low < 1.0
    assert high > 1.5
    assert results.reads[0].second_opinion["mean"].sign_flip_p == 2 / 2**8
    (caution,) = [each for each in results.cautions if each.code == "second-opinion"]
    assert "holds 1.00, which the exact sign-flip test" in caution.sentence
    assert caution.sentence.endswith("rejects.")
    assert caution.figure is not None
    assert caution.figure > 1.0
    assert results.state == "doubtful"
