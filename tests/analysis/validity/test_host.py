import pytest

from analysis.cautions import State
from analysis.thresholds import UNSTEADY_GOVERNORS
from tests.analysis.changed import only
from tests.analysis.validity.conftest import Entry, Judge
from tests.analysis.validity.legs import change, counter, legs


@pytest.mark.parametrize("governor", sorted(UNSTEADY_GOVERNORS))
def test_a_clock_that_follows_the_load_is_doubtful(judge: Judge, governor: str) -> None:
    caution = only(judge(change(counter("host", "governor"), governor, blocks=tuple(range(8)))), "governor")
    assert caution.severity is State.DOUBTFUL
    assert caution.sentence.startswith(f"In all 8 blocks: the processors' frequency governor was {governor}")


@pytest.mark.parametrize("governor", ["performance", None, "something-new"])
def test_a_clock_that_is_steady_or_unknown_is_not(judge: Judge, governor: str | None) -> None:
    assert judge(change(counter("host", "governor"), governor)).cautions == ()


def test_shares_are_of_all_the_cores_there_are(judge: Judge) -> None:
    def busy(entry: Entry) -> None:
        for leg in legs(entry, arm="cached"):
            host = leg["counters"]["host"]
            host["cores"], host["foreign_cpu_s"] = 16, 1.5 * host["seconds"]

    assert judge(busy).cautions == ()


def test_without_the_time_it_is_over_a_figure_says_nothing(judge: Judge) -> None:
    def mislay(entry: Entry) -> None:
        for leg in legs(entry):
            leg["counters"]["host"].update(seconds=None, steal_s=9.0, pressure_s=9.0, swapped_pages=9_999)

    assert judge(mislay).cautions == ()
