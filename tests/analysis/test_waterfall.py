from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.parts import Part
from analysis.run import Run, read_run
from analysis.waterfall import Breakdown, Waterfall, measure_waterfall
from tests.analysis.synthetic import read_rows, write_run, write_samples


def of_read(run: Run, operation: str) -> pd.DataFrame:
    measured = run.measured
    return measured[measured["operation"] == operation]


def found(run: Run, operation: str) -> Waterfall:
    waterfall = measure_waterfall(of_read(run, operation))
    assert waterfall is not None
    return waterfall


def known(breakdown: Breakdown) -> dict[Part, float]:
    return {part: estimate.value for part, estimate in breakdown.parts.items() if estimate.value is not None}


def test_a_populations_parts_are_those_it_had_and_add_up_to_its_mean(run: Run) -> None:
    waterfall = found(run, "user")
    assert waterfall.clocks_agree is True
    service = [Part.RENDER, Part.REST]
    stages = {"hit": [Part.REDIS], "miss": [Part.REDIS, Part.POSTGRESQL], "uncached": [Part.POSTGRESQL]}
    for breakdowns in (waterfall.everyone, waterfall.slowest):
        for population, own in stages.items():
            breakdown = breakdowns[population]
            assert list(breakdown.parts) == [Part.LAG, Part.QUEUE, *own, *service, Part.BACK]
            assert sum(known(breakdown).values()) == pytest.approx(breakdown.response.value, rel=1e-9)


def test_means_are_those_of_the_blocks_and_have_intervals(run: Run) -> None:
    samples = of_read(run, "user")
    uncached = samples[samples["arm"] == "uncached"]
    breakdown = found(run, "user").everyone["uncached"]
    redis = breakdown.parts[Part.POSTGRESQL]
    assert redis.value == pytest.approx((uncached["db_ns"] / 1e9).groupby(uncached["block"]).mean().mean())
    assert (redis.count, redis.blocks, redis.unit) == (len(uncached), 8, "s")
    assert redis.bounds is not None
    assert breakdown.response.value == pytest.approx(uncached.groupby("block")["response_s"].mean().mean())


def test_the_slowest_are_the_slowest_hundredth_of_each_block(run: Run) -> None:
    samples = of_read(run, "user")
    uncached = samples[samples["arm"] == "uncached"]
    tails = [
        np.sort(block["response_s"].to_numpy())[-(len(block) // 100 + 1) :].mean()
        for _, block in uncached.groupby("block")
    ]
    slowest = found(run, "user").slowest["uncached"].response
    assert slowest.value == pytest.approx(np.mean(tails), rel=1e-9)
    assert slowest.blocks == 8
    assert slowest.bounds is not None


def test_small_blocks_are_taken_together_and_too_few_answers_are_refused(run: Run) -> None:
    slowest = found(run, "similar").slowest
    uncached = slowest["uncached"].response  # 8 blocks of 240
    assert uncached.value is not None
    assert uncached.bounds is None
    assert uncached.note == "all blocks together, for want of samples: no interval"

    few = of_read(run, "similar").query("block == 0")
    waterfall = measure_waterfall(few)
    assert waterfall is not None
    refused = waterfall.slowest["uncached"]
    assert refused.response.value is None
    assert refused.response.note == "needs 368 samples; there are 240"
    assert not refused.parts


def test_failures_have_no_parts(run: Run) -> None:
    samples = of_read(run, "user").copy()
    before = found(run, "user").everyone["hit"].response.count
    hits = samples.index[samples["outcome"] == "hit"][:10]
    samples.loc[hits, "failed"] = True
    samples.loc[hits[:5], ["sent_ns", "done_ns"]] = pd.NA
    waterfall = measure_waterfall(samples)
    assert waterfall is not None
    assert waterfall.everyone["hit"].response.count == before - 10


def test_a_slow_stage_is_what_the_slowest_have_more_of(run: Run) -> None:
    samples = of_read(run, "user").copy()
    slow = samples.index[samples["arm"] == "uncached"][::100]
    for column in ("db_ns", "app_ns", "done_ns"):
        samples.loc[slow, column] += 50_000_000
    waterfall = measure_waterfall(samples)
    assert waterfall is not None
    usual, slowest = (known(each["uncached"]) for each in (waterfall.everyone, waterfall.slowest))
    growth = {part: slowest[part] - usual[part] for part in slowest}
    assert max(growth, key=lambda part: growth[part]) is Part.POSTGRESQL


def test_columns_that_an_older_run_lacks_are_unknown(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", blocks=2, requests=400)
    rows = read_rows(folder)
    write_samples(folder, rows.drop(columns=["connected_ns", "render_ns", "app_started_ns"]))
    for file in (folder / "samples").glob("*.parquet"):
        pd.read_parquet(file).drop(columns=["connected_ns", "render_ns", "app_started_ns"]).to_parquet(file)
    waterfall = found(read_run(folder), "similar")
    assert waterfall.clocks_agree is None
    assert list(waterfall.everyone["hit"].parts) == [Part.LAG, Part.NETWORK, Part.REDIS, Part.REST]


def test_nothing_answered_has_no_waterfall(run: Run) -> None:
    assert measure_waterfall(of_read(run, "user").assign(failed=True)) is None
