"""Value sizes are as they are spelt, and each key keeps its own."""

import numpy as np
import pytest

from loadtests.errors import ValueSizesError
from loadtests.value_sizes import LARGEST_BYTES, parse_value_sizes
from services.shared.names import MAX_INFO_BYTES

KEYS = np.arange(100_000)


def sizes(spelling: str, seed: int = 1) -> np.ndarray:
    found = parse_value_sizes(spelling, seed).of(KEYS)
    assert found.dtype == np.int64
    assert found.min() >= 0
    assert found.max() <= LARGEST_BYTES
    return found


def test_fixed_is_one_size() -> None:
    assert set(sizes("fixed:1000").tolist()) == {1000}


def test_a_range_is_flat_from_end_to_end() -> None:
    counts = np.bincount(sizes("range:10:13"))[10:]
    assert counts == pytest.approx(np.full(4, 25_000), rel=0.03)


def test_weights_are_shares() -> None:
    found = sizes("weighted:100=3,2000=1")
    assert set(found.tolist()) == {100, 2000}
    assert (found == 100).mean() == pytest.approx(0.75, abs=0.01)


def test_a_lognormal_has_its_median_and_its_spread() -> None:
    found = sizes("lognormal:500:0.8")
    assert np.median(found) == pytest.approx(500, rel=0.02)
    assert np.log(found).std() == pytest.approx(0.8, rel=0.02)


def test_facebooks_key_sizes_have_the_mean_of_their_law() -> None:
    # loc + scale · (Γ(1 − shape) − 1) / shape
    assert sizes("gev:30.7984:8.20449:0.078688").mean() == pytest.approx(36.3, abs=0.3)


def test_a_pareto_has_its_start_and_its_mean() -> None:
    found = sizes("pareto:15:214.476:0.348238")
    assert found.min() == 15
    assert found.mean() == pytest.approx(15 + 214.476 / (1 - 0.348238), rel=0.03)


def test_facebooks_values_are_often_of_two_or_three_bytes_and_else_pareto() -> None:
    found = sizes("facebook-etc")
    assert (found == 2).mean() == pytest.approx(0.1782, abs=0.005)
    assert (found == 3).mean() == pytest.approx(0.09239, abs=0.005)
    assert (found < 15).mean() == pytest.approx(0.44155, abs=0.006)
    assert found[found >= 15].mean() == pytest.approx(15 + 214.476 / (1 - 0.348238), rel=0.04)


def test_a_size_is_its_keys_own_whatever_else_is_asked() -> None:
    law = parse_value_sizes("lognormal:500:0.8", 7)
    whole = law.of(KEYS)
    some = np.array([5, 99_999, 5, 0])
    assert (law.of(some) == whole[some]).all()
    assert (parse_value_sizes("lognormal:500:0.8", 7).of(KEYS) == whole).all()
    assert (parse_value_sizes("lognormal:500:0.8", 8).of(KEYS) != whole).mean() > 0.9


def test_what_is_cut_is_counted() -> None:
    law = parse_value_sizes("pareto:0:1000:5", 1)
    assert law.cut(KEYS) == (law.of(KEYS) == LARGEST_BYTES).sum() > 1000
    assert parse_value_sizes("facebook-etc", 1).cut(KEYS) == 0


def test_the_largest_value_is_the_largest_that_the_services_take() -> None:
    assert LARGEST_BYTES == MAX_INFO_BYTES


def test_a_heavy_tail_is_cut_and_what_would_be_negative_is_empty() -> None:
    assert sizes("pareto:0:1000:5").max() == LARGEST_BYTES
    assert sizes("gev:0:100:0").min() == 0


@pytest.mark.parametrize(
    ("spelling", "said"),
    [
        ("fixd:10", "unknown value sizes 'fixd:10'; write fixed:BYTES"),
        ("", "unknown value sizes ''"),
        ("facebook-etc:3", "unknown value sizes"),
        ("fixed", "size in bytes must be a number"),
        ("fixed:-1", "from 0 to 1048576"),
        ("fixed:1e9", "from 0 to 1048576"),
        ("fixed:10:20", "there are 2 numbers for 1"),
        ("fixed:10.5", "10.5 is no whole number of bytes"),
        ("fixed:nan", "size in bytes must be a number"),
        ("range:10", "highest size in bytes"),
        ("range:20:10", "lowest size is above the highest"),
        ("weighted:", "size in bytes must be a number"),
        ("weighted:10", "weight after each size's ="),
        ("weighted:10=-1", "weight after each size's ="),
        ("weighted:10=0,20=0", "all weights are 0"),
        ("lognormal:0:1", "median in bytes"),
        ("lognormal:100:-1", "sigma"),
        ("gev:30:8", "shape"),
        ("pareto:0:-5:0.1", "scale in bytes"),
    ],
)
def test_misspelt_sizes_are_one_sentence(spelling: str, said: str) -> None:
    with pytest.raises(ValueSizesError, match=said):
        parse_value_sizes(spelling, 1)
