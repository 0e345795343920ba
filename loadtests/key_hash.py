"""A key's own random number: the same for the same seed and key, whoever asks and when."""

import numpy as np
import numpy.typing as npt

GOLDEN_GAMMA = 0x9E3779B97F4A7C15
MODULUS = 1 << 64
FLOAT_BITS = 53


def key_uniforms(keys: npt.NDArray[np.int64], seed: int) -> npt.NDArray[np.float64]:
    """Return one number for each key, uniform in (0, 1), as float64; the ends themselves never come out.

    It is the key-th output of the generator SplitMix64 that was started with a mix of the seed.

    References:
        Steele, Lea and Flood, Fast Splittable Pseudorandom Number Generators, OOPSLA 2014;
        the mixing is variant 13 of MurmurHash3's finaliser.
    """
    state = _mixed(np.array([seed % MODULUS], dtype=np.uint64))
    outputs = _mixed(state + (keys.astype(np.uint64) + np.uint64(1)) * np.uint64(GOLDEN_GAMMA))
    return ((outputs >> np.uint64(64 - FLOAT_BITS + 1)).astype(np.float64) * 2 + 1) * 2.0**-FLOAT_BITS


def _mixed(numbers: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(31))
