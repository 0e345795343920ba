"""Traces and laws as workloads."""

from typing import Any

import numpy as np
import pytest

from lab.errors import SizeError
from lab.size import workload as workloads
from lab.size.workload import DEFAULT_RATE_RPS, of_popularity, of_trace
from loadtests.errors import TraceError
from loadtests.popularity import parse_popularity
from loadtests.traces import Operation, Trace


def trace(ranks: list[int], **columns: Any) -> Trace:
    return Trace(
        file="some.trace",
        sha256="",
        ranks=np.array(ranks, dtype=np.int64),
        distinct_keys=max(ranks) + 1,
        **columns,
    )


def test_a_trace_without_times_comes_at_the_default_rate_unless_one_is_given() -> None:
    prepared = of_trace(trace([0, 1, 0]), None)
    assert (prepared.workload.rate_rps, prepared.rate_source) == (DEFAULT_RATE_RPS, "default")
    assert prepared.workload.arrivals_s is None
    given = of_trace(trace([0, 1, 0], timestamps_s=np.array([0.0, 1.0, 2.0])), 50.0)
    assert (given.workload.rate_rps, given.rate_source) == (50.0, "option")
    assert given.workload.arrivals_s is None


def test_a_traces_own_times_are_its_rate() -> None:
    prepared = of_trace(trace([0, 1, 0, 2], timestamps_s=np.array([10.0, 10.5, 11.25, 12.0])), None)
    assert prepared.rate_source == "timestamps"
    assert prepared.workload.rate_rps == 2.0
    assert prepared.workload.arrivals_s is not None
    assert prepared.workload.arrivals_s.tolist() == [0.0, 0.5, 1.25, 2.0]


def test_times_that_are_all_one_say_no_rate() -> None:
    with pytest.raises(SizeError, match="--rate"):
        of_trace(trace([0], timestamps_s=np.array([10.0])), None)


def test_writes_are_left_out_and_counted() -> None:
    operations = np.array([Operation.WRITE, Operation.READ, Operation.READ, Operation.DELETE], dtype=np.uint8)
    prepared = of_trace(trace([0, 1, 2, 1], operations=operations), None)
    assert prepared.workload.ranks.tolist() == [0, 1]
    assert (prepared.workload.distinct_keys, prepared.workload.requests, prepared.writes) == (2, 2, 2)


def test_a_trace_of_writes_alone_is_refused() -> None:
    with pytest.raises(TraceError, match="no read"):
        of_trace(trace([0, 1], operations=np.array([1, 1], dtype=np.uint8)), None)


def test_sizes_are_each_keys_largest_and_stand_from_the_last_read_key_on() -> None:
    prepared = of_trace(trace([0, 1, 2, 0], sizes_bytes=np.array([5, 70, 30, 0])), None)
    assert prepared.value_bytes is not None
    assert prepared.value_bytes.tolist() == [5, 30, 70]


def test_of_a_long_trace_a_sample_of_the_keys_is_kept_at_their_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workloads, "MOST_REQUESTS", 10_000)
    ranks = np.random.default_rng(1).integers(0, 2_000, 40_000)
    ranks = np.unique(ranks, return_inverse=True)[1]
    prepared = of_trace(trace(ranks.tolist()), 100.0)
    workload = prepared.workload
    assert workload.share_ratio == 0.25
    assert workload.requests == 40_000
    assert workload.ranks.size == pytest.approx(10_000, rel=0.15)
    assert workload.ranks.max() + 1 == np.unique(workload.ranks).size
    assert workload.arrivals_s is not None
    # The requests that were kept are those of the same keys, at their places in the whole.
    positions = np.rint(workload.arrivals_s * 100.0).astype(int)
    of_key = {int(key): int(rank) for key, rank in zip(ranks[positions], workload.ranks, strict=True)}
    assert [of_key[int(key)] for key in ranks[positions]] == workload.ranks.tolist()
    assert np.isin(ranks, list(of_key)).sum() == positions.size


def test_drawn_keys_warm_a_cache_of_any_size_before_they_are_counted() -> None:
    prepared = of_popularity("zipf:0.9", parse_popularity("zipf:0.9", 1_000), None, np.random.default_rng(1))
    workload = prepared.workload
    assert workload.skip == 20_000
    assert workload.ranks.size - workload.skip == workload.requests == workloads.COUNTED_DRAWS
    assert not workload.of_trace
    assert (workload.distinct_keys, prepared.rate_source) == (1_000, "default")


def test_of_many_keys_a_sample_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workloads, "MOST_REQUESTS", 100_000)
    prepared = of_popularity("uniform", parse_popularity("uniform", 5_000), 10.0, np.random.default_rng(1))
    workload = prepared.workload
    assert workload.share_ratio == pytest.approx(0.25)
    assert (workload.ranks.size - workload.skip) == pytest.approx(workload.sampled_requests, rel=0.1)
    assert workload.arrivals_s is not None
    assert workload.arrivals_s[-1] == pytest.approx((100_000 + workload.requests) / 10.0, rel=0.01)
