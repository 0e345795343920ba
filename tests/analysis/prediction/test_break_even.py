import math

import numpy as np
import pytest

from analysis.errors import PredictionError
from analysis.prediction.break_even import break_even

RUNS = 2_000


def _blocks(value_s: float, count: int = 6) -> np.ndarray:
    """Return block means that differ a little, around a value."""
    return value_s * (1 + 0.01 * np.linspace(-1, 1, count))


def test_it_is_the_known_formula_of_look_up_read_and_store() -> None:
    """A look-up of 0.2 ms and a store of 0.3 ms before a read of 2 ms: (0.2 + 0.3) / (2 + 0.3)."""
    found = break_even(_blocks(0.2e-3), _blocks(2.5e-3), _blocks(2.0e-3))
    assert found.hit_ratio == pytest.approx(0.5 / 2.3)
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.hit_ratio < found.high
    assert found.never is False
    assert found.blocks == 6


def test_at_the_break_even_the_mean_is_the_same_with_the_cache_and_without() -> None:
    hit_s, miss_s, uncached_s = 0.4e-3, 3.1e-3, 2.2e-3
    found = break_even(_blocks(hit_s), _blocks(miss_s), _blocks(uncached_s))
    assert found.hit_ratio is not None
    assert found.hit_ratio * hit_s + (1 - found.hit_ratio) * miss_s == pytest.approx(uncached_s)


def test_a_cache_that_pays_from_the_first_request_breaks_even_at_0() -> None:
    found = break_even(_blocks(0.1e-3), _blocks(1.0e-3), _blocks(2.0e-3))
    assert (found.hit_ratio, found.low, found.high) == (0.0, 0.0, 0.0)
    assert found.never is False


def test_a_cache_whose_hits_are_slower_than_the_read_never_pays() -> None:
    found = break_even(_blocks(0.3e-3), _blocks(0.5e-3), _blocks(0.1e-3))
    assert found.hit_ratio == pytest.approx(2.0)
    assert found.never is True


def test_hits_no_faster_than_misses_have_no_break_even() -> None:
    found = break_even(_blocks(0.5e-3), _blocks(0.5e-3), _blocks(0.4e-3))
    assert (found.hit_ratio, found.low, found.high, found.never) == (None, None, None, None)


def test_blocks_that_do_not_tell_hits_from_misses_do_not_bound_it() -> None:
    hits_s = np.array([1.0, 2.0, 0.5, 1.5]) * 1e-3
    misses_s = np.array([1.5, 0.9, 1.8, 1.1]) * 1e-3
    found = break_even(hits_s, misses_s, np.full(4, 1.2e-3))
    assert found.hit_ratio is not None
    assert (found.low, found.high) == (None, None)


def test_one_block_has_a_value_and_no_interval() -> None:
    found = break_even(np.array([1.0]), np.array([4.0]), np.array([2.5]))
    assert found.hit_ratio == pytest.approx(0.5)
    assert (found.low, found.high, found.blocks) == (None, None, 1)


def test_a_block_without_misses_is_left_out_and_one_with_failures_is_not() -> None:
    misses_s = _blocks(2.5e-3)
    misses_s[2] = math.nan
    found = break_even(_blocks(0.2e-3), misses_s, _blocks(2.0e-3))
    assert found.blocks == 5
    assert found.hit_ratio == pytest.approx(0.5 / 2.3, rel=0.01)
    misses_s[2] = math.inf
    assert break_even(_blocks(0.2e-3), misses_s, _blocks(2.0e-3)).hit_ratio is None


def test_no_blocks_tell_nothing() -> None:
    nothing = np.empty(0)
    assert break_even(nothing, nothing, nothing).hit_ratio is None


def test_unequal_numbers_of_blocks_are_refused() -> None:
    with pytest.raises(PredictionError, match="do not match"):
        break_even(np.ones(3), np.ones(4), np.ones(4))


@pytest.mark.parametrize("blocks", [4, 6, 12])
@pytest.mark.parametrize("drift", [0.0, 0.10, 0.30])
def test_the_interval_holds_the_truth_95_times_in_100(blocks: int, drift: float) -> None:
    """Blocks drift together; each mean has noise of its own; the truth is 0.5 / 2.3."""
    rng = np.random.default_rng(1_000 * blocks + int(100 * drift))
    truth = 0.5 / 2.3
    shared = np.exp(rng.normal(0, drift, (RUNS, blocks)))
    hits, misses, uncached = (
        value * shared * np.exp(rng.normal(0, noise, shared.shape))
        for value, noise in ((0.2, 0.05), (2.5, 0.04), (2.0, 0.04))
    )
    held = 0
    for run in range(RUNS):
        found = break_even(hits[run], misses[run], uncached[run])
        held += found.low is None or found.high is None or found.low <= truth <= found.high
    assert 0.92 <= held / RUNS <= 0.98
