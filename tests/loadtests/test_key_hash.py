"""A key's random number is its own, and uniform over keys."""

import numpy as np
import pytest
from scipy import stats

from loadtests.key_hash import key_uniforms

SPLITMIX_OF_0 = (0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F)


def test_numbers_are_those_of_splitmix64() -> None:
    # The mix of seed 0 is 0, so these are the published first outputs of the generator started with 0.
    expected = [output / 2.0**64 for output in SPLITMIX_OF_0]
    assert key_uniforms(np.arange(3), 0) == pytest.approx(expected, abs=2.0**-52)


def test_a_number_depends_on_seed_and_key_alone() -> None:
    keys = np.arange(1000)
    shuffled = np.random.default_rng(1).permutation(keys)
    numbers = key_uniforms(keys, 5)
    assert (key_uniforms(shuffled, 5) == numbers[shuffled]).all()
    assert (key_uniforms(keys, 6) != numbers).all()
    assert (key_uniforms(keys, -5) != numbers).all()


@pytest.mark.parametrize("seed", [0, 1, 12345, 1 << 70])
def test_numbers_are_uniform_and_leave_the_ends_out(seed: int) -> None:
    numbers = key_uniforms(np.arange(100_000), seed)
    assert stats.kstest(numbers, "uniform").pvalue > 1e-4
    assert numbers.min() > 0
    assert numbers.max() < 1
