import pytest

from analysis.cautions import State
from tests.analysis.changed import only
from tests.analysis.validity.conftest import Entry, Judge
from tests.analysis.validity.legs import Change, change, counter, legs, seconds


def spend(own_share: float, *, floor_share: float, arm: str = "uncached") -> Change:
    """Let others have a share of all statements' time, their time being a share of the leg."""

    def spent(entry: Entry) -> None:
        for leg in legs(entry, arm=arm):
            other_ms = 1000 * floor_share * seconds(leg)
            leg["counters"]["postgresql"].update(
                other_exec_time_ms=other_ms, exec_time_ms=other_ms * (1 - own_share) / own_share
            )

    return spent


def test_statements_of_others_are_doubtful(judge: Judge) -> None:
    caution = only(judge(spend(0.102, floor_share=0.05)), "foreign-statements")
    assert caution.severity is State.DOUBTFUL
    assert (caution.figure, caution.threshold) == (pytest.approx(0.102), 0.10)
    assert "2 calls of other statements took" in caution.sentence


def test_a_smaller_share_of_the_statements_is_let_pass(judge: Judge) -> None:
    assert judge(spend(0.098, floor_share=0.05)).cautions == ()


@pytest.mark.parametrize(("floor_share", "doubted"), [(0.0102, True), (0.0098, False)])
def test_a_health_check_does_not_doubt_an_arm_that_hardly_asks(
    judge: Judge, floor_share: float, doubted: bool
) -> None:
    results = judge(spend(0.9, floor_share=floor_share, arm="cached"))
    assert [caution.code for caution in results.cautions] == ["foreign-statements"] * doubted


@pytest.mark.parametrize("name", ["other_exec_time_ms", "exec_time_ms", "blocks_hit", "connections_limit"])
def test_half_of_a_pair_says_nothing(judge: Judge, name: str) -> None:
    assert judge(change(counter("postgresql", name), None)).cautions == ()


def test_writes_beside_the_read_are_no_work_for_others(judge: Judge) -> None:
    def spend_on_writes(entry: Entry) -> None:
        spend(0.15, floor_share=0.05)(entry)
        for leg in legs(entry, arm="uncached"):
            leg["counters"]["postgresql"]["write_exec_time_ms"] = 1000 * seconds(leg)

    assert judge(spend_on_writes).cautions == ()
