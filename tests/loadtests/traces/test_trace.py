"""What can be made of a trace: a sample of its keys, and the moments of its requests."""

from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from loadtests.errors import TraceError
from loadtests.traces import Trace, read_trace
from tests.loadtests.traces.files import TWITTER_LINES, write_lines, write_web12


def timed(*timestamps_s: float) -> Trace:
    return Trace(
        file="t",
        sha256="",
        ranks=np.zeros(len(timestamps_s), dtype=np.int64),
        distinct_keys=1,
        timestamps_s=np.array(timestamps_s),
    )


def test_a_sample_keeps_every_request_of_the_keys_it_keeps(tmp_path: Path) -> None:
    keys = np.random.default_rng(3).integers(0, 2_000, 50_000).tolist()
    whole = read_trace(write_web12(tmp_path / "t.trace", keys))
    sample = whole.sample(0.1)
    assert 140 <= sample.distinct_keys <= 260
    counts = np.bincount(sample.ranks)
    assert counts.mean() == pytest.approx(25, rel=0.05)  # as in the whole: no request of a kept key is lost


def test_a_sample_keeps_each_requests_details(tmp_path: Path) -> None:
    lines = [f"{number},key{number % 100},6,{number % 100},1,get,0" for number in range(5_000)]
    whole = read_trace(write_lines(tmp_path / "t", lines))
    sample = whole.sample(0.3)
    assert sample.sizes_bytes is not None
    assert sample.timestamps_s is not None
    assert (sample.timestamps_s % 100 == sample.sizes_bytes).all()
    assert len(sample.sizes_bytes) == len(sample.ranks) == 50 * sample.distinct_keys
    # A key's size names it here, so equal numbers must have equal sizes.
    assert len(set(zip(sample.ranks.tolist(), sample.sizes_bytes.tolist(), strict=True))) == sample.distinct_keys
    assert whole.sample(1.0) is whole


def test_every_key_is_kept_by_chance_the_first_ones_too() -> None:
    """The first keys of a trace tend to be its hottest, so that a sample that always had them would be hotter."""
    digests = [sha256(bytes([number])).hexdigest() for number in range(200)]
    kept = np.array([_kept(100, 0.3, digest) for digest in digests])
    # Of 200 draws at 0.3, 60 are expected; five standard deviations are 32.
    assert np.abs(kept[:, :10].sum(axis=0) - 60).max() < 32
    assert kept.mean() == pytest.approx(0.3, abs=0.01)


def test_a_trace_has_the_same_sample_in_every_run() -> None:
    assert (_kept(1_000, 0.2, "ab" * 32) == _kept(1_000, 0.2, "ab" * 32)).all()


def test_a_sample_of_a_larger_share_holds_the_smaller_one() -> None:
    small, large = _kept(5_000, 0.1), _kept(5_000, 0.3)
    assert large[small].all() and large.sum() > small.sum()


def _kept(keys: int, share_ratio: float, digest: str = "") -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Return which keys of a trace a sample keeps; a key's size names it here."""
    numbers = np.arange(keys)
    whole = Trace(file="t", sha256=digest, ranks=numbers, distinct_keys=keys, sizes_bytes=numbers)
    kept = np.zeros(keys, dtype=np.bool_)
    sizes = whole.sample(share_ratio).sizes_bytes
    assert sizes is not None
    kept[sizes] = True
    return kept


def test_a_share_that_leaves_no_key_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="no key of t is left at a share of 1e-08; raise the share"):
        read_trace(write_web12(tmp_path / "t", [1, 2])).sample(1e-8)


def test_offsets_count_from_the_first_request_and_shrink_with_the_speed() -> None:
    trace = timed(100.25, 100.5, 102.25)
    assert trace.offsets_ns().tolist() == [0, 250_000_000, 2_000_000_000]
    assert trace.offsets_ns(speed=4.0).tolist() == [0, 62_500_000, 500_000_000]


def test_the_requests_of_a_whole_second_are_spread_over_it() -> None:
    offsets = timed(7, 7, 7, 7, 8, 10, 10).offsets_ns()
    assert (offsets / 1e9).tolist() == [0.0, 0.25, 0.5, 0.75, 1.0, 3.0, 3.5]


def test_equal_moments_stay_equal_where_the_trace_knows_parts_of_a_second() -> None:
    assert (timed(7, 7, 7.5).offsets_ns() / 1e9).tolist() == [0.0, 0.0, 0.5]


def test_time_does_not_go_back() -> None:
    assert (timed(1.5, 1.0, 1.75).offsets_ns() / 1e9).tolist() == [0.0, 0.0, 0.25]


def test_a_twitter_trace_has_its_own_timing(tmp_path: Path) -> None:
    offsets = read_trace(write_lines(tmp_path / "t", TWITTER_LINES)).offsets_ns()
    assert (offsets / 1e9).tolist() == [0.0, 0.5, 1.0, 3.0]


def test_a_trace_without_timestamps_has_no_timing(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="the trace t has no timestamps; replay it by order"):
        read_trace(write_web12(tmp_path / "t", [1, 2])).offsets_ns()


@pytest.mark.parametrize("speed", [0.0, -1.0, float("nan"), float("inf")])
def test_a_speed_that_is_none_is_refused(speed: float) -> None:
    with pytest.raises(TraceError, match=r"cannot run at a speed of .*; give one above 0"):
        timed(1.0, 2.0).offsets_ns(speed)
