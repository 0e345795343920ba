import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.blocks import BlockTable, count_failures, summarise_blocks, summarise_times
from analysis.run import read_run
from tests.analysis.synthetic import read_rows, write_run, write_samples


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> BlockTable:
    folder: Path = write_run(tmp_path_factory.mktemp("blocks") / "run", blocks=6, requests=400)
    return summarise_blocks(read_run(folder).measured)


def test_hits_and_misses_make_up_the_cached_arm(table: BlockTable) -> None:
    parts = table.counts("similar", "hit") + table.counts("similar", "miss")
    np.testing.assert_array_equal(parts, table.counts("similar", "cached"))
    np.testing.assert_array_equal(table.counts("similar", "uncached"), np.full(6, 400))


def test_warm_up_is_in_no_block(table: BlockTable) -> None:
    assert table.blocks("similar") == [0, 1, 2, 3, 4, 5]
    assert sum(row.count for row in table.rows if row.population in ("cached", "uncached")) == 12 * 400


def test_a_quantile_that_a_block_cannot_bound_is_refused_there(table: BlockTable) -> None:
    assert np.isfinite(table.column("similar", "cached", "response", "p99")).all()
    assert np.isnan(table.column("similar", "miss", "response", "p99")).all()
    assert np.isfinite(table.column("similar", "miss", "response", "p95")).all()


def test_a_population_that_is_not_there_has_no_numbers(table: BlockTable) -> None:
    assert np.isnan(table.column("similar", "stale", "response", "mean")).all()
    assert (table.counts("similar", "stale") == 0).all()
    assert table.blocks("unheard-of") == []


def test_one_failure_makes_the_mean_infinite_and_the_median_not() -> None:
    times = summarise_times(np.array([0.001] * 99 + [math.inf]))
    assert times.mean == math.inf
    assert times.p50 == 0.001
    assert math.isnan(times.p99)


def test_a_failure_counts_as_the_slowest_answer_or_as_its_own_wait() -> None:
    seconds = np.array([0.001, math.inf, math.inf, math.inf, 0.002])
    waited_s = np.array([0.001, 10.0, 0.0001, math.nan, 0.002])
    np.testing.assert_array_equal(count_failures(seconds, waited_s, 0.5), [0.001, 10.0, 0.5, 0.5, 0.002])


def test_where_nothing_was_answered_a_failure_counts_as_infinite() -> None:
    assert count_failures(np.array([math.inf]), np.array([10.0]), 0.0)[0] == math.inf


def test_the_slowest_answer_is_that_of_the_whole_read(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", blocks=2, requests=50)
    rows = read_rows(folder).astype({"outcome": str})
    measured = rows[rows["phase"] == "measure"].index
    rows.loc[measured[-1], "done_ns"] = rows.loc[measured[-1], "intended_ns"] + 7_000_000_000
    chosen = rows.index[(rows["block"] == 0) & (rows["arm"] == "cached")][0]
    rows.loc[chosen, ["outcome", "done_ns"]] = ["dropped", pd.NA]
    write_samples(folder, rows)
    row = summarise_blocks(read_run(folder).measured).row("similar", "cached", 0)
    assert row is not None
    assert 7.0 / 50 < row.response.mean < 7.3 / 50
