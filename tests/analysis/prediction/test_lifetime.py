import math

import numpy as np
import pytest

from analysis.errors import PredictionError
from analysis.prediction.lifetime import Lifetime


@pytest.mark.parametrize("jitter_ratio", [0.0, 0.1, 1.0])
def test_weights_are_the_share_that_lives_as_long(jitter_ratio: float) -> None:
    life = Lifetime(ttl_s=10.0, jitter_ratio=jitter_ratio)
    drawn_s = life.draw_s(np.random.default_rng(1), 200_000)
    for age_s in (0.0, 5.0, 9.5, 10.3):
        left_s, weights = life.beyond(age_s)
        assert weights.sum() == pytest.approx(float((drawn_s > age_s).mean()), abs=0.004)
        assert left_s @ weights == pytest.approx(float(np.maximum(drawn_s - age_s, 0).mean()), abs=0.03)


def test_lifetimes_without_jitter_are_one_point() -> None:
    left_s, weights = Lifetime(ttl_s=10.0).beyond(4.0)
    assert (left_s.tolist(), weights.tolist()) == ([6.0], [1.0])


def test_no_entry_is_older_than_the_longest_lifetime() -> None:
    left_s, weights = Lifetime(ttl_s=10.0, jitter_ratio=0.2).beyond(12.0)
    assert left_s.size == weights.size == 0


@pytest.mark.parametrize("writes_in_a_lifetime", [1e-3, 1.0, 100.0])
def test_the_mean_over_lifetimes_is_that_of_its_closed_form(writes_in_a_lifetime: float) -> None:
    """The integral of x - (1 - e^(-mu x)) / mu over x has one, whose terms nearly cancel where mu x is small."""
    ttl_s, jitter_ratio = 10.0, 0.5
    mu = writes_in_a_lifetime / ttl_s
    left_s, weights = Lifetime(ttl_s=ttl_s, jitter_ratio=jitter_ratio).beyond(0.0)
    found = float(weights @ (left_s + np.expm1(-mu * left_s) / mu))

    def area(x: float) -> float:
        return x * x / 2 - x / mu - math.expm1(-mu * x) / mu**2

    assert found == pytest.approx((area(15.0) - area(5.0)) / 10.0, rel=max(1e-10, 1e-15 / writes_in_a_lifetime**3))


@pytest.mark.parametrize(
    ("ttl_s", "jitter_ratio", "words"),
    [
        (0.0, 0.1, "time to live of 0"),
        (math.inf, 0.1, "bounds no age"),
        (math.nan, 0.1, "nan"),
        (1.0, 1.1, "jitter"),
    ],
)
def test_what_cannot_be_is_refused(ttl_s: float, jitter_ratio: float, words: str) -> None:
    with pytest.raises(PredictionError, match=words):
        Lifetime(ttl_s=ttl_s, jitter_ratio=jitter_ratio)
