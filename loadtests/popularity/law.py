"""What every popularity can do: draw keys, and say how likely each key is."""

from typing import Protocol

import numpy as np
import numpy.typing as npt

Ranks = npt.NDArray[np.int64]
Probabilities = npt.NDArray[np.float64]


class Popularity(Protocol):
    """A source of keys, numbered [0, keys).

    In a stationary law that is not scrambled, key 0 is the most popular one.
    """

    @property
    def keys(self) -> int:
        """Number of keys that can be drawn."""

    def draw(self, count: int, start: int, random: np.random.Generator) -> Ranks:
        """Return `count` keys; `start` is the first one's position in the run, which stationary laws ignore."""

    def probabilities(self, position: int = 0) -> Probabilities:
        """Return the chance of each key (float64, length `keys`, sum 1) to be the one asked for at `position`."""
