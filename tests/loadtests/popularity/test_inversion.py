"""The guide table finds what a binary search finds."""

import numpy as np
import pytest

from loadtests.popularity.inversion import Inversion

DRAWS = 200_000


def binary_search(probabilities: np.ndarray, random: np.random.Generator) -> np.ndarray:
    cumulative = np.cumsum(probabilities)
    cumulative[-1] = 1.0
    return np.searchsorted(cumulative, random.random(DRAWS), side="right")


@pytest.mark.parametrize(
    "weights",
    [
        np.ones(2),
        np.ones(1000),
        np.arange(1, 5001) ** -0.99,
        np.arange(1, 50_001) ** -2.5,  # thousands of keys in the last part of the table
        np.arange(1, 50_001) ** -50.0,  # most chances are nothing beside the first
        np.random.default_rng(1).permutation(np.arange(1, 3001) ** -1.2),
        np.array([0.0, 1.0, 0.0, 0.0, 2.0, 0.0]),
        np.where(np.arange(10_000) < 9_999, 1e-9, 1.0),  # all of the rare keys in the first part
    ],
    ids=["two", "uniform", "zipf", "steep", "very steep", "shuffled", "gaps", "rare first"],
)
def test_draws_are_those_of_a_binary_search(weights: np.ndarray) -> None:
    probabilities = weights / weights.sum()
    found = Inversion(probabilities).draw(DRAWS, np.random.default_rng(9))
    assert (found == binary_search(probabilities, np.random.default_rng(9))).all()


def test_a_key_without_a_chance_is_never_drawn() -> None:
    found = Inversion(np.array([0.0, 0.5, 0.0, 0.5, 0.0])).draw(DRAWS, np.random.default_rng(2))
    assert set(found.tolist()) == {1, 3}


def test_nothing_is_drawn_for_nothing() -> None:
    assert len(Inversion(np.array([0.5, 0.5])).draw(0, np.random.default_rng(1))) == 0
