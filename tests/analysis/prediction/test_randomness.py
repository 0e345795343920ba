import numpy as np

from analysis.prediction.randomness import HASH_SPACE, below, fraction, hashed, stream


def test_a_seed_gives_the_same_stream_again():
    def some(seed: int) -> list[int]:
        random = stream(seed)
        return [below(random, 1_000_000) for _ in range(8)]

    assert some(1) == some(1) != some(2)


def test_every_integer_below_the_bound_is_as_likely():
    random = stream(3)
    counts = np.bincount([below(random, 7) for _ in range(70_000)], minlength=7)
    assert counts.size == 7
    assert np.all(np.abs(counts - 10_000) < 5 * np.sqrt(10_000))


def test_fractions_fill_the_unit_interval():
    random = stream(4)
    drawn = np.array([fraction(random) for _ in range(20_000)])
    assert 0 <= drawn.min() < 0.001
    assert 0.999 < drawn.max() < 1
    assert abs(drawn.mean() - 0.5) < 5 / np.sqrt(12 * drawn.size)


def test_neighbouring_keys_hash_evenly_and_by_the_seed():
    one, other = (np.array([hashed(key, np.uint64(seed)) for key in range(10_000)]) for seed in (0, 1))
    for hashes in (one, other):
        assert np.all(np.abs(np.histogram(hashes, bins=10, range=(0, HASH_SPACE))[0] - 1_000) < 5 * np.sqrt(1_000))
    assert abs(np.corrcoef(one, other)[0, 1]) < 0.05
