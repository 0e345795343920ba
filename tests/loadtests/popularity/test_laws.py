"""Popularities draw what their laws say, and say what they draw."""

import numpy as np
import pytest

from loadtests.popularity import parse_popularity

DRAWS = 200_000
SPELLINGS = ["uniform", "zipf:0.99", "ycsb-scrambled", "hotspot:0.2:0.8", "latest:0.99:50", "drift:0.9:20"]


def shares(spelling: str, keys: int) -> np.ndarray:
    ranks = parse_popularity(spelling, keys).draw(DRAWS, 0, np.random.default_rng(1))
    assert ranks.dtype == np.int64
    assert ranks.min() >= 0
    assert ranks.max() < keys
    return np.bincount(ranks, minlength=keys) / DRAWS


def assert_agree(found: np.ndarray, expected: np.ndarray) -> None:
    """Assert that no share is off by more than five standard deviations."""
    error = 5 * np.sqrt(expected * (1 - expected) / DRAWS)
    assert (np.abs(found - expected) <= error).all()


@pytest.mark.parametrize("exponent", [0.0, 0.5, 0.99, 1.0, 2.5])
def test_zipf_follows_its_law_for_any_exponent(exponent: float) -> None:
    expected = np.arange(1, 51) ** -exponent
    expected /= expected.sum()
    assert_agree(shares(f"zipf:{exponent}", 50), expected)


def test_uniform_is_flat() -> None:
    assert shares("uniform", 20) == pytest.approx(np.full(20, 0.05), abs=0.003)


def test_hotspot_gives_its_share_of_requests_to_its_share_of_keys() -> None:
    found = shares("hotspot:0.2:0.8", 100)
    assert found[:20].sum() == pytest.approx(0.8, abs=0.01)
    assert found[20:] == pytest.approx(np.full(80, 0.2 / 80), abs=0.001)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_equal_seeds_draw_the_same(spelling: str) -> None:
    popularity = parse_popularity(spelling, 1000)
    first, second = (popularity.draw(100, 17, np.random.default_rng(7)) for _ in range(2))
    assert (first == second).all()


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_probabilities_are_what_is_drawn(spelling: str) -> None:
    popularity = parse_popularity(spelling, 60)
    # What moves is held against the mean of its probabilities over the positions that were drawn for. The step has
    # no factor in common with the speeds, so that it meets every phase of the motion.
    positions = range(0, DRAWS, 97) if spelling.startswith(("latest", "drift")) else (0,)
    expected = np.mean([popularity.probabilities(position) for position in positions], axis=0)
    assert expected.sum() == pytest.approx(1)
    assert_agree(shares(spelling, 60), expected)


# A hotspot draws three numbers a key, an array of each at a time: there the cut does matter.
@pytest.mark.parametrize("spelling", [spelling for spelling in SPELLINGS if not spelling.startswith("hotspot")])
def test_what_is_drawn_at_a_position_does_not_depend_on_how_the_draw_is_cut(spelling: str) -> None:
    popularity = parse_popularity(spelling, 1000)
    whole = popularity.draw(90_000, 5, np.random.default_rng(3))
    random = np.random.default_rng(3)
    parts = [popularity.draw(30_000, start, random) for start in (5, 30_005, 60_005)]
    assert (whole == np.concatenate(parts)).all()
