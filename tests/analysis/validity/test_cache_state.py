from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.cautions import State
from analysis.validity.cache_state import _greatest_change
from tests.analysis.changed import found, only
from tests.analysis.synthetic import write_run
from tests.analysis.validity.conftest import Entry


def test_a_warm_up_that_did_not_settle_is_doubtful(tmp_path: Path) -> None:
    assert only(found(write_run(tmp_path / "run", settled=False)), "not-settled").severity is State.DOUBTFUL


def test_a_hit_ratio_that_drifts_is_doubtful(tmp_path: Path) -> None:
    caution = only(found(write_run(tmp_path / "run", hit_ratio_drift=0.15)), "drift")
    assert (caution.figure or 0) > (caution.threshold or 1) == 0.05


def flushed(rows: pd.DataFrame, *, block: int, moment: float, kept: float) -> pd.DataFrame:
    """Turn hits after a moment of a cached leg into misses, but for a share that the cache has again."""
    leg = rows[(rows["block"] == block) & (rows["arm"] == "cached")].sort_values("intended_ns")
    after = leg.iloc[int(moment * len(leg)) :]
    hits = after[after["outcome"] == "hit"].index
    rows.loc[hits[: int((1 - kept) * len(hits))], "outcome"] = "miss"
    return rows


def without_counters(entry: Entry) -> None:
    for leg in entry["legs"]:
        leg["counters"] = None


@pytest.mark.parametrize("moment", [0.3, 0.5, 0.7])
def test_a_flush_in_mid_block_shows_in_the_samples_alone(tmp_path: Path, moment: float) -> None:
    results = found(
        write_run(tmp_path / "run"),
        rows=lambda rows: flushed(rows, block=5, moment=moment, kept=0.4),
        entry=without_counters,
    )
    caution = only(results, "drift-within")
    assert (caution.severity, caution.block, caution.arm) == (State.DOUBTFUL, 5, "cached")
    assert (caution.figure or 0) > (caution.threshold or 1) >= 0.10


def test_a_leg_too_short_to_tell_is_not_doubted(tmp_path: Path) -> None:
    results = found(
        write_run(tmp_path / "run", requests=30),
        rows=lambda rows: flushed(rows, block=5, moment=0.5, kept=0.0),
        entry=without_counters,
    )
    assert "drift-within" not in {caution.code for caution in results.cautions}


@pytest.mark.parametrize(("after", "doubted"), [(600, True), (616, False)])
def test_ten_points_are_needed_where_chance_would_need_less(after: int, doubted: bool) -> None:
    """Of 1,000 look-ups each, 71 % hit before the middle; chance alone moves that by 8 points at most."""
    hits = np.concatenate([np.arange(1_000) * 71 % 100 < 71, np.arange(1_000) * 71 % 1_000 < after])
    change = _greatest_change(hits)
    assert change is not None
    assert (change.size > change.limit) is doubted


def test_chance_alone_is_hardly_ever_doubted() -> None:
    rng = np.random.default_rng(7)
    false_alarms = 0
    for _ in range(4_000):
        change = _greatest_change(rng.random(240) < rng.uniform(0.3, 0.95))
        assert change is not None
        false_alarms += change.size > change.limit
    assert false_alarms <= 4


def test_an_uncached_leg_has_no_hit_ratio_to_drift(tmp_path: Path) -> None:
    assert found(write_run(tmp_path / "run", hit_ratio=0.0)).cautions == ()
