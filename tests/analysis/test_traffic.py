"""What was sent stands in words with units, whichever law, and what is not known here stands as it is."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from analysis.run import Run, read_run
from analysis.setting import describe_method
from analysis.traffic import describe_dataset, describe_popularity, describe_traffic
from tests.analysis.synthetic_sizing import SweepTruth, write_sweep


@pytest.mark.parametrize(
    ("popularity", "words"),
    [
        ({"kind": "uniform"}, "all alike"),
        ({"kind": "zipf", "exponent": 0.99}, "Zipf, exponent 0.99"),
        (
            {"kind": "ycsb-scrambled", "exponent": 0.99},
            "YCSB's scrambled Zipf, exponent 0.99 over 10¹⁰ items, hashed onto the keys",
        ),
        (
            {"kind": "hotspot", "keys_ratio": 0.2, "requests_ratio": 0.8},
            "a hot spot: 80 % of the requests for 20 % of the keys, alike within and without",
        ),
        (
            {"kind": "latest", "exponent": 0.99, "inserts_per_1000_requests": 0.0},
            "the newer the more, Zipf by recency, exponent 0.99",
        ),
        (
            {"kind": "latest", "exponent": 0.7, "inserts_per_1000_requests": 50.0},
            "the newer the more, Zipf by recency, exponent 0.7, 50 inserts in 1,000 requests",
        ),
        (
            {"kind": "drift", "exponent": 0.9, "keys_per_1000_requests": 2.5},
            "Zipf, exponent 0.9, whose ranking moves on by 2.5 keys in 1,000 requests",
        ),
        (
            {"kind": "trace", "file": "a.csv", "requests": 9000, "distinct_keys": 70},
            "replay of a.csv (9,000 requests for 70 keys)",
        ),
        ({"kind": "hotspot", "hot_keys_ratio": 0.1}, "hotspot, hot_keys_ratio 0.1"),
        ({"kind": "weird", "twist": 3}, "weird, twist 3"),
        (None, "unknown"),
    ],
)
def test_a_popularity_is_put_into_words(popularity: dict[str, Any] | None, words: str) -> None:
    assert describe_popularity(popularity) == words


@pytest.mark.parametrize(
    ("bad", "said"), [(0, "; no bad record"), (1, "; 1 bad record left out"), (12, "; 12 bad records left out")]
)
def test_a_trace_whose_bad_records_were_to_be_skipped_says_how_many(bad: int, said: str) -> None:
    trace = {"kind": "trace", "file": "a", "requests": 9, "distinct_keys": 7, "skip_bad": True, "bad_records": bad}
    assert describe_popularity(trace) == f"replay of a (9 requests for 7 keys{said})"


def test_pareto_arrivals_are_named() -> None:
    said = describe_traffic({"arrivals": "pareto", "connections": 64, "ttl_s": 20.0, "popularity": None})
    assert "Arrivals: generalised Pareto gaps, burstier than Poisson's, open loop, over 64 connections." in said
    assert "Cache entries live 20 s." in said


def test_a_traces_own_timing_is_said_with_its_speed() -> None:
    assert "Arrivals: as the trace has them, as recorded, open loop." in describe_traffic(
        {"arrivals": "trace", "speed": 1.0}
    )
    assert "as the trace has them, 2.5 times as fast, open loop." in describe_traffic(
        {"arrivals": "trace", "speed": 2.5}
    )


def test_writes_are_said_with_what_they_do() -> None:
    drawn = describe_traffic({"write_ratio": 0.25, "popularity": {"kind": "uniform"}})
    assert "25 % of the requests, beside the reads, write through user-service; in the cached arm" in drawn
    traced = describe_traffic({"write_ratio": 0.25, "popularity": {"kind": "trace", "writes": True}})
    assert "25 % of the trace's records write through user-service" in traced
    assert "write" not in describe_traffic({"write_ratio": 0.0})


def test_a_published_workload_is_named_with_its_source_and_its_difference() -> None:
    workload = {"name": "ycsb-d", "source": "YCSB", "note": "it does not grow"}
    said = describe_traffic({"workload": workload, "popularity": {"kind": "uniform"}})
    assert said.startswith(
        "The workload is ycsb-d, where no option says otherwise (YCSB; it does not grow). Keys: all alike."
    )


ROWS = {"users": 20_000, "events": 100, "items": 5, "item_exponent": 0.6}


@pytest.mark.parametrize(
    ("dataset", "said"),
    [
        ({}, ""),
        ({"value_sizes": "fixed:120"}, "; values fixed:120"),
        (
            {"value_sizes": "fixed:0", "values": {"mean_bytes": 0.0, "median_bytes": 0.0, "largest_bytes": 0}},
            "; values of 0 bytes",
        ),
        (
            {
                "value_sizes": "lognormal:300:1",
                "values": {"mean_bytes": 495.2, "median_bytes": 300.0, "largest_bytes": 31_816, "cut": 0},
            },
            "; values lognormal:300:1: 495 bytes on average, half of them up to 300 bytes, the largest "
            "31,816 bytes",
        ),
        (
            {
                "value_sizes": "pareto:0:9:5",
                "values": {"mean_bytes": 9e5, "median_bytes": 1e5, "largest_bytes": 1 << 20, "cut": 1234},
            },
            "; values pareto:0:9:5: 900,000 bytes on average, half of them up to 100,000 bytes, the largest "
            "1,048,576 bytes (to which 1,234 were cut)",
        ),
    ],
)
def test_a_data_set_says_how_large_its_values_are(dataset: dict[str, Any], said: str) -> None:
    assert describe_dataset({**ROWS, **dataset}) == f"20,000 users, 100 events, 5 items of Zipf 0.6{said}"


def test_a_run_that_swept_sizes_says_what_it_was_sent_too(run: Run, tmp_path: Path) -> None:
    swept = read_run(write_sweep(tmp_path / "run", SweepTruth()))
    assert describe_method(swept.manifest)[0].startswith("Keys: Zipf, exponent 0.8.")
    assert not any("Keys:" in paragraph for paragraph in describe_method(replace(run.manifest, reads=())))
