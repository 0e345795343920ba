"""The replay of sampled eviction beside a real server, in a case that takes seconds."""

import numpy as np
import pytest

from benchmarks.eviction import Case, command, draw, run_case

FAST = Case(policy="allkeys-lru", exponent=0.8, keys=10_000, share=0.1, rate_rps=None)


def test_a_command_is_in_the_protocols_form():
    assert command(b"GET", b"a") == b"*2\r\n$3\r\nGET\r\n$1\r\na\r\n"


def test_a_case_starts_from_the_most_recent_keys_in_the_order_of_lru():
    fill, requests = draw(FAST, 500, seed=1)
    assert fill.size == np.unique(fill).size == 1_000
    assert requests.size == 500
    # The last to come in are those that were asked for last, which popular keys are more often than rare ones.
    assert np.median(fill[-100:]) < np.median(fill[:100])


@pytest.mark.parametrize("policy", ["allkeys-lru", "allkeys-lfu", "volatile-ttl"])
def test_a_real_server_turns_over_as_the_replay_says_and_not_as_lru(policy):
    case = Case(
        policy=policy,
        exponent=0.8,
        keys=10_000,
        share=0.1,
        rate_rps=None,
        ttl_s=60.0 if policy == "volatile-ttl" else None,
    )
    found = run_case(case, 30_000, seed=1)
    assert found["evictions"] == pytest.approx(found["predicted_evictions"], rel=0.05)
    # The benchmark asks for 1.5 points of longer runs; exact LRU is 3 to 10 points off in these.
    assert abs(found["difference_points"]) < 2.5
    assert abs(found["exact_lru"] - found["measured"]) * 100 > 2.5
