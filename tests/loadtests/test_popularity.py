"""Popularities draw what their laws say, and misspellings are told apart."""

from pathlib import Path

import numpy as np
import pytest

from loadtests.errors import PopularityError
from loadtests.popularity import parse_popularity
from tests.loadtests.test_tracefile import write_trace

DRAWS = 200_000


def shares(spelling: str, keys: int) -> np.ndarray:
    ranks = parse_popularity(spelling, keys).draw(DRAWS, 0, np.random.default_rng(1))
    assert ranks.min() >= 0
    assert ranks.max() < keys
    return np.bincount(ranks, minlength=keys) / DRAWS


@pytest.mark.parametrize("exponent", [0.0, 0.5, 0.99, 1.0, 2.5])
def test_zipf_follows_its_law_for_any_exponent(exponent: float) -> None:
    expected = np.arange(1, 51) ** -exponent
    expected /= expected.sum()
    error = 5 * np.sqrt(expected * (1 - expected) / DRAWS)
    assert (np.abs(shares(f"zipf:{exponent}", 50) - expected) <= error).all()


def test_uniform_is_flat() -> None:
    assert shares("uniform", 20) == pytest.approx(np.full(20, 0.05), abs=0.003)


def test_hotspot_gives_its_share_of_requests_to_its_share_of_keys() -> None:
    found = shares("hotspot:0.2:0.8", 100)
    assert found[:20].sum() == pytest.approx(0.8, abs=0.01)
    assert found[20:] == pytest.approx(np.full(80, 0.2 / 80), abs=0.001)


def test_equal_seeds_draw_the_same() -> None:
    popularity = parse_popularity("zipf:0.99", 1000)
    first, second = (popularity.draw(100, 0, np.random.default_rng(7)) for _ in range(2))
    assert (first == second).all()


def test_a_replay_keeps_the_order_and_goes_round(tmp_path: Path) -> None:
    trace = write_trace(tmp_path / "t.trace", [9, 5, 9, 7])
    replay = parse_popularity(f"trace:{trace}", 2)
    assert replay.keys == 3
    assert replay.draw(6, 1, np.random.default_rng(0)).tolist() == [1, 0, 2, 0, 1, 0]


@pytest.mark.parametrize(
    ("spelling", "named"),
    [
        ("zipff:1", "zipff:1"),
        ("zipf", "exponent"),
        ("zipf:-1", "exponent"),
        ("zipf:nan", "exponent"),
        ("hotspot:2:0.5", "share of the keys"),
        ("hotspot:0.1", "share of the requests"),
        ("uniform:3", "uniform:3"),
        ("trace:", "trace:"),
    ],
)
def test_a_misspelt_popularity_is_named(spelling: str, named: str) -> None:
    with pytest.raises(PopularityError, match=named):
        parse_popularity(spelling, 100)


def test_one_key_is_no_popularity() -> None:
    with pytest.raises(PopularityError, match="at least 2"):
        parse_popularity("uniform", 1)
