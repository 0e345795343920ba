"""Traces are read whole or not at all."""

import lzma
import os
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest

from loadtests.errors import TraceError
from loadtests.tracefile import read_trace

REAL_TRACE = Path(os.environ.get("WEB12_TRACE", "../shared/traces/web12.trace.xz"))


def write_trace(path: Path, keys: list[int]) -> Path:
    path.write_bytes(np.array(keys, dtype="<u4").tobytes())
    return path


def test_keys_are_numbered_by_first_appearance(tmp_path: Path) -> None:
    trace = read_trace(write_trace(tmp_path / "t.trace", [700, 3, 700, 4_000_000_000, 3]))
    assert trace.ranks.tolist() == [0, 1, 0, 2, 1]
    assert trace.distinct_keys == 3


def test_xz_is_read_like_plain(tmp_path: Path) -> None:
    plain = write_trace(tmp_path / "t.trace", [5, 6, 5])
    packed = tmp_path / "t.trace.xz"
    packed.write_bytes(lzma.compress(plain.read_bytes()))
    assert read_trace(packed).ranks.tolist() == read_trace(plain).ranks.tolist()


def test_several_xz_streams_are_one_trace(tmp_path: Path) -> None:
    packed = tmp_path / "t.trace.xz"
    halves = [write_trace(tmp_path / name, keys).read_bytes() for name, keys in (("a", [5, 6]), ("b", [5, 7]))]
    packed.write_bytes(b"".join(lzma.compress(half) for half in halves))
    assert read_trace(packed).ranks.tolist() == [0, 1, 0, 2]


def test_a_sample_keeps_every_request_of_the_keys_it_keeps(tmp_path: Path) -> None:
    keys = np.random.default_rng(3).integers(0, 2_000, 50_000).tolist()
    whole = read_trace(write_trace(tmp_path / "t.trace", keys))
    sample = whole.sample(0.1)
    assert 140 <= sample.distinct_keys <= 260
    counts = np.bincount(sample.ranks)
    assert counts.mean() == pytest.approx(25, rel=0.05)  # as in the whole: no request of a kept key is lost


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "is empty"), (b"12345", "no whole number"), (lzma.compress(b"1234" * 500)[:-30], "cut off")],
)
def test_a_bad_trace_is_one_sentence(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "bad.trace"
    path.write_bytes(content)
    with pytest.raises(TraceError, match=said):
        read_trace(path)


def test_a_missing_trace_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="check the path"):
        read_trace(tmp_path / "none.trace")


def test_a_trace_damaged_inside_is_one_sentence(tmp_path: Path) -> None:
    packed = bytearray(lzma.compress(np.arange(4000, dtype="<u4").tobytes()))
    packed[len(packed) // 2] ^= 0xFF
    path = tmp_path / "bad.trace.xz"
    path.write_bytes(packed)
    with pytest.raises(TraceError, match="damaged"):
        read_trace(path)


@pytest.mark.skipif(not REAL_TRACE.exists(), reason="the web12 trace is not part of the project; set WEB12_TRACE")
def test_the_real_trace_has_its_published_figures() -> None:
    trace = read_trace(REAL_TRACE)
    assert (len(trace.ranks), trace.distinct_keys) == (95_607, 13_756)
    assert _lru_hit_ratio(trace.ranks.tolist(), 1_375) == pytest.approx(0.6848, abs=0.0001)


def _lru_hit_ratio(keys: list[int], capacity: int) -> float:
    cache: OrderedDict[int, None] = OrderedDict()
    hits = 0
    for key in keys:
        if key in cache:
            hits += 1
            cache.move_to_end(key)
        else:
            cache[key] = None
            if len(cache) > capacity:
                cache.popitem(last=False)
    return hits / len(keys)
