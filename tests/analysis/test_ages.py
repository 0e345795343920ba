import numpy as np
import pytest

from analysis.ages import measure_ages
from analysis.prediction.freshness import FreshnessLaw
from analysis.staleness import Judgement


def judgement(stale: int, fresh: int = 10) -> Judgement:
    flags = np.arange(stale + fresh) < stale
    nothing = np.zeros_like(flags)
    ages_s = np.where(flags, np.arange(stale + fresh, dtype=np.float64) + 1, np.nan)
    return Judgement(judged=~nothing, stale=flags, age_s=ages_s, under_way=nothing, ahead=nothing)


def test_quantiles_are_values_of_the_stale_answers_alone() -> None:
    found = measure_ages(judgement(400), None, legs=3)
    assert (found.p50.value, found.p99.value, found.longest.value) == (200.0, 396.0, 400.0)
    assert (found.p50.low, found.p50.count, found.p50.blocks) == (None, 400, 3)
    assert found.p50.note == "all legs together: no interval"


def test_a_quantile_of_too_few_is_refused_and_the_longest_is_not() -> None:
    found = measure_ages(judgement(3), None, legs=1)
    assert (found.p50.value, found.p50.note) == (None, "needs 6 stale answers")
    assert found.longest.value == 3.0


def test_the_law_stands_beside() -> None:
    law = FreshnessLaw(hit_ratio=0.5, stale_ratio=0.1, age_mean_s=1.0, age_p50_s=0.9, age_p99_s=2.5)
    found = measure_ages(judgement(0), law, legs=1)
    assert (found.predicted_p50_s, found.predicted_p99_s) == (0.9, 2.5)
    assert found.longest.note == "no answer was stale"


@pytest.mark.parametrize("stale", [0, 400])
def test_without_a_law_nothing_is_predicted(stale: int) -> None:
    assert measure_ages(judgement(stale), None, legs=1).predicted_p50_s is None
