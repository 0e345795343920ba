from dataclasses import replace

import pytest

from analysis.freshness import Freshness, measure_freshness
from analysis.freshness_doubts import COLD, DOUBTS, SLOW
from analysis.run import read_run
from tests.analysis.synthetic_freshness import FreshTruth, write_freshness


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Freshness:
    truth = FreshTruth(ttls_s=(5.0,), write_rates_rps=(8.0,), policies=("none",))
    return measure_freshness(read_run(write_freshness(tmp_path_factory.mktemp("doubts") / "run", truth)))[0]


def test_a_good_cell_is_touched_by_none(found: Freshness) -> None:
    assert [doubt.code for doubt in DOUBTS if doubt.touches(found, found.cells[0])] == []


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("write-failures", {"failed_writes": 1}),
        ("slow-answers", {"response_p99_s": 0.51}),
        ("slow-answers", {"response_p99_s": None}),
        ("short-warm-up", {"warm_up_s": 5.4}),
        ("few-lifetimes", {"measured_s": 9.9}),
    ],
)
def test_each_doubt_touches_what_it_is_about(found: Freshness, code: str, changes: dict[str, object]) -> None:
    cell = replace(found.cells[0], **changes)  # type: ignore[arg-type]
    assert [doubt.code for doubt in DOUBTS if doubt.touches(found, cell)] == [code]


def test_a_threshold_itself_is_let_pass(found: Freshness) -> None:
    cell = replace(found.cells[0], response_p99_s=0.5, warm_up_s=5.5)
    assert not SLOW.touches(found, cell)
    assert not COLD.touches(found, cell)


def test_a_jitter_that_is_not_known_counts_as_none(found: Freshness) -> None:
    unknown = replace(found, ttl_jitter_ratio=None)
    assert not COLD.touches(unknown, replace(found.cells[0], warm_up_s=5.0))
