from pathlib import Path

import pytest

from tests.analysis.changed import found, only
from tests.analysis.synthetic import write_run
from tests.analysis.validity.conftest import Entry, Judge


def test_a_rate_near_capacity_is_doubtful(tmp_path: Path) -> None:
    caution = only(found(write_run(tmp_path / "run", capacity_rps=300.0)), "saturation")
    assert caution.figure == pytest.approx(250 / 300)
    assert "Offer at most 210 a second" in caution.advice


@pytest.mark.parametrize(("capacity_rps", "doubted"), [(356.0, True), (358.0, False), (None, False)])
def test_the_cached_arm_has_a_capacity_too(judge: Judge, capacity_rps: float | None, doubted: bool) -> None:
    def limit(entry: Entry) -> None:
        entry["reads"][0]["cached_capacity_rps"] = capacity_rps

    results = judge(limit)
    assert [(caution.code, caution.arm) for caution in results.cautions] == [("saturation", "cached")] * doubted
