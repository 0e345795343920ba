import numpy as np
import pytest
from scipy import stats

from analysis.errors import PredictionError
from analysis.prediction.popularity import checked_popularity, hotspot, popularity_named, uniform, zipf
from loadtests.popularity import parse_popularity, popularity_parameters

KEYS = 300
DRAWS = 200_000


@pytest.mark.parametrize("spelling", ["uniform", "zipf:0.8", "zipf:0.99", "hotspot:0.2:0.8", "hotspot:0.001:0.5"])
def test_the_vector_is_what_the_load_draws(spelling: str) -> None:
    """A name goes through the record of a run, and its vector is held to the draws by the chi-squared test."""
    expected = popularity_named(popularity_parameters(spelling), KEYS)
    assert expected is not None
    ranks = parse_popularity(spelling, KEYS).draw(DRAWS, 0, np.random.default_rng(11))
    seen = np.bincount(ranks, minlength=KEYS)
    assert stats.chisquare(seen, DRAWS * expected).pvalue > 0.001


def test_a_hot_spot_that_is_cooler_than_the_rest_comes_last() -> None:
    expected = hotspot(KEYS, 0.5, 0.1)
    assert (np.diff(expected) <= 0).all()
    ranks = parse_popularity("hotspot:0.5:0.1", KEYS).draw(DRAWS, 0, np.random.default_rng(12))
    seen = np.bincount(ranks, minlength=KEYS)
    assert stats.chisquare(seen[::-1], DRAWS * expected).pvalue > 0.001


@pytest.mark.parametrize(
    "popularity", [uniform(7), zipf(1_000, 1.2), zipf(10_000, 100.0), hotspot(10, 0.0, 1.0), hotspot(9, 1.0, 0.3)]
)
def test_a_vector_sums_to_1_and_its_most_popular_key_is_first(popularity: np.ndarray) -> None:
    assert popularity.dtype == np.float64
    assert popularity.sum() == pytest.approx(1, abs=1e-12)
    assert (np.diff(popularity) <= 0).all()


def test_the_hottest_of_ten_thousand_keys_gets_what_is_known() -> None:
    # 9.8 % is quoted for Zipf 0.99 over 10,000 keys against the 3.8 % of YCSB's scrambled one.
    assert zipf(10_000, 0.99)[0] == pytest.approx(0.098, abs=0.0005)


def test_exponent_0_is_uniform() -> None:
    assert zipf(50, 0.0) == pytest.approx(np.full(50, 0.02))


def test_a_trace_has_no_closed_form() -> None:
    assert popularity_named({"kind": "trace", "file": "web.trace"}, KEYS) is None


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"kind": "normal"}, "unknown popularity 'normal'"),
        ({}, "unknown popularity None"),
        ({"kind": "zipf"}, "has no exponent"),
        ({"kind": "hotspot", "keys_ratio": 0.1}, "has no requests_ratio"),
        ({"kind": "zipf", "exponent": -0.5}, "exponent of -0.5"),
        ({"kind": "zipf", "exponent": float("nan")}, "exponent of nan"),
        ({"kind": "hotspot", "keys_ratio": 1.5, "requests_ratio": 0.5}, "1.5 of the keys"),
    ],
)
def test_what_cannot_be_is_named(parameters: dict[str, object], message: str) -> None:
    with pytest.raises(PredictionError, match=message):
        popularity_named(parameters, KEYS)


def test_no_keys_are_no_popularity() -> None:
    with pytest.raises(PredictionError, match="over 0 keys"):
        zipf(0, 1.0)
    with pytest.raises(PredictionError, match="at least 2"):
        hotspot(1, 0.5, 0.5)


@pytest.mark.parametrize(
    "values", [[], [[0.5, 0.5]], [0.5, 0.4], [1.5, -0.5], [0.5, float("nan")], [float("inf"), 0.5]]
)
def test_a_vector_that_is_no_popularity_is_refused(values: list[float]) -> None:
    with pytest.raises(PredictionError):
        checked_popularity(values)
