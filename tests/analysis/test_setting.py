from dataclasses import replace
from typing import Any

import pytest

from analysis.run import Run
from analysis.self_test import StoppedBy
from analysis.setting import describe_environment, describe_method, describe_read


def test_a_read_states_its_keys_cache_rate_and_warm_up(run: Run) -> None:
    facts = dict(describe_read(run.manifest.reads[0]))
    assert facts == {
        "working set": "10,000 keys",
        "cache size": "planned for 1,000 entries, held 1,012, 310 B each, maxmemory 1.75 MiB",
        "capacity": (
            "6,100 a second without the cache (requests a second by connections: "
            "2,140 with 1; 3,660 with 2; 5,180 with 4; 5,920 with 8; 6,100 with 16)"
        ),
        "rate offered": "3,000 a second to both arms, 49 % of capacity",
        "warm-up": "the hit ratio had settled after 6 s",
    }


def test_what_is_not_known_of_a_read_is_unknown(run: Run) -> None:
    read = replace(
        run.manifest.reads[0],
        working_set_keys=None,
        cache_entries_planned=None,
        cache_entries_held=None,
        entry_bytes=None,
        maxmemory_bytes=None,
        capacity_rps=None,
        ramp=(),
        warm_up=None,
    )
    facts = dict(describe_read(read))
    assert facts["working set"] == facts["cache size"] == facts["capacity"] == facts["warm-up"] == "unknown"
    assert facts["rate offered"] == "3,000 a second"


@pytest.mark.parametrize(
    ("popularity", "text"),
    [
        ({"kind": "zipf", "exponent": 0.99}, "Keys: Zipf, exponent 0.99."),
        ({"kind": "uniform"}, "Keys: all alike."),
        ({"kind": "hotspot", "hot_keys_ratio": 0.1}, "Keys: hotspot, hot_keys_ratio 0.1."),
        (None, "Keys: unknown."),
    ],
)
def test_the_method_names_the_popularity(run: Run, popularity: dict[str, Any] | None, text: str) -> None:
    manifest = replace(run.manifest, parameters={**run.manifest.parameters, "popularity": popularity})
    assert text in describe_method(manifest)[0]


def test_half_of_capacity_is_said_only_where_it_was_half(run: Run) -> None:
    assert "offered half of that" in describe_method(run.manifest)[1]
    asked = tuple(replace(read, offered_rate_rps=100.0) for read in run.manifest.reads)
    assert "each read states it" in describe_method(replace(run.manifest, reads=asked))[1]


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (1.0, "10,000 keys: the whole trace"),
        (0.05, "10,000 keys: 5 % of the trace's keys, each with all of its requests"),
    ],
)
def test_a_trace_that_is_sampled_says_so(run: Run, share: float, text: str) -> None:
    read = replace(run.manifest.reads[0], trace_share_ratio=share)
    assert dict(describe_read(read))["working set"] == text


def test_the_environment_names_what_really_ran(run: Run) -> None:
    facts = dict(describe_environment(run.manifest))
    assert facts["redis"] == "Valkey 9.1.2"
    assert facts["data-service"] == "granian 2.8.7, 2 workers of 4 threads"
    assert facts["data set"] == "20,000 users, 1,000,000 events, 20,000 items of Zipf 0.6"


def test_the_method_says_that_a_rule_was_declared(run: Run) -> None:
    stopping = StoppedBy(rule="until", target_ratio=0.05, of=("mean",), blocks=14, cap_blocks=32, reached=True)
    read = replace(run.manifest.reads[0], stopping=stopping)
    method = " ".join(describe_method(replace(run.manifest, reads=(read,))))
    assert "as many blocks as a rule declared before the first one asked for" in method


def test_the_method_of_a_run_that_compared_nothing_speaks_of_no_reads(run: Run) -> None:
    method = " ".join(describe_method(replace(run.manifest, reads=())))
    assert "The block is the unit" in method
    assert "Each read" not in method
    assert "pay" not in method
