from dataclasses import replace
from pathlib import Path

import pytest

from analysis.page.capacity import CapacitySection, compose_capacity
from analysis.results import analyse
from analysis.run import read_run
from tests.analysis.synthetic import write_run
from tests.analysis.synthetic_capacity import SearchTruth, write_search


def section(folder: Path, truth: SearchTruth) -> CapacitySection:
    part = compose_capacity(analyse(read_run(write_search(folder, truth))))
    assert part is not None
    (found,) = part.sections
    return found


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> CapacitySection:
    return section(tmp_path_factory.mktemp("page") / "run", SearchTruth())


def test_every_rate_of_both_arms_is_a_row(found: CapacitySection) -> None:
    assert found.rates.head == ("arm", "offered", "requests", "achieved", "p99", "p50", "failed", "hit ratio")
    assert [row[0] for row in found.rates.rows] == ["with the cache"] * 6 + ["without the cache"] * 6
    first, last = found.rates.rows[0], found.rates.rows[-1]
    assert first[1:3] == ("531/s", "3,200")
    assert first[-1] == "70.0 (70.0–70.0) %"
    assert last[-1] == "–"


def test_what_each_part_did_near_the_capacity_stands_beside_it(found: CapacitySection) -> None:
    rows = {row[0]: row[1:] for row in found.load.rows}
    assert rows["rate"] == ("1,858/s", "598/s")
    assert rows["CPU of generator"] == ("4.6 (4.6–4.6) %", "1.5 (1.5–1.5) %")
    assert rows["data-service's threads at work, of 8"] == ("1.86 (1.86–1.86)", "0.60 (0.60–0.60)")
    assert not any("wait from being sent" in name for name in rows), "the service did not say when it began"
    assert [arm for arm, _ in found.limits] == ["with the cache", "without the cache"]


def test_a_doubt_stands_with_its_read(tmp_path: Path) -> None:
    shown = section(tmp_path / "run", replace(SearchTruth(), blocks=2))
    assert [(caution.code, caution.where) for caution in shown.cautions] == [
        ("few-blocks", "GET /user/<name>/activity")
    ]


def test_a_comparison_has_no_such_part(tmp_path: Path) -> None:
    assert compose_capacity(analyse(read_run(write_run(tmp_path / "run", blocks=2, requests=30)))) is None
