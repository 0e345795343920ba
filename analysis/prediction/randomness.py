"""A compiled stream of random numbers from a seed: one 64-bit word of state in, integers and fractions out.

NumPy's generators cannot be drawn from in compiled code at the price of an addition, and a replay draws several
times a miss.
"""

import numpy as np
import numpy.typing as npt

from analysis.prediction.compiling import on_borrowed_arrays

Stream = npt.NDArray[np.uint64]

_STEP = np.uint64(0x9E3779B97F4A7C15)
_MULTIPLY_1 = np.uint64(0xBF58476D1CE4E5B9)
_MULTIPLY_2 = np.uint64(0x94D049BB133111EB)
# Compiled code makes a float of a signed and an unsigned integer: every constant here is unsigned.
_SHIFT_30, _SHIFT_27, _SHIFT_31, _SHIFT_32, _SHIFT_11 = (np.uint64(bits) for bits in (30, 27, 31, 32, 11))

HASH_SPACE = 1 << 53
"""Hashes lie below this, so that a share of them is exact as a float."""


def stream(seed: int) -> Stream:
    """Return the state of a new stream: a uint64 array of one word."""
    return np.array([seed % (1 << 64)], dtype=np.uint64)


@on_borrowed_arrays
def mix(word: np.uint64) -> np.uint64:
    """Return a word in which every bit depends on every bit of the one given.

    References:
        Steele, Lea and Flood, Fast splittable pseudorandom number generators, OOPSLA 2014.
    """
    word = (word ^ (word >> _SHIFT_30)) * _MULTIPLY_1
    word = (word ^ (word >> _SHIFT_27)) * _MULTIPLY_2
    return word ^ (word >> _SHIFT_31)


@on_borrowed_arrays
def hashed(key: int, seed: np.uint64) -> int:
    """Return the hash of a key under a seed, in [0, HASH_SPACE)."""
    return int(np.int64(mix(np.uint64(key) * _STEP + mix(seed + _STEP)) >> _SHIFT_11))


@on_borrowed_arrays
def below(random: Stream, bound: int) -> int:
    """Draw an integer in [0, bound), for a bound up to 2^32.

    The upper half of a word times the bound, without rejection: its bias is below bound / 2^32.
    """
    random[0] += _STEP
    return int(np.int64(((mix(random[0]) >> _SHIFT_32) * np.uint64(bound)) >> _SHIFT_32))


@on_borrowed_arrays
def fraction(random: Stream) -> float:
    """Draw a number in [0, 1)."""
    random[0] += _STEP
    return float(np.float64(mix(random[0]) >> _SHIFT_11) / HASH_SPACE)
