"""A clock read through messages is as far off as it says, at most."""

import numpy as np

from loadtests.distributed.clock import EXCHANGES, Exchange, read_clock

OFFSET_NS = -3_600_000_000_123


def exchange(sent_ns: int, there_ns: int, back_ns: int) -> Exchange:
    """One question that took so long on either way, put to a clock that is OFFSET_NS ahead."""
    arrived_ns = sent_ns + there_ns
    return Exchange(sent_ns=sent_ns, worker_ns=arrived_ns + OFFSET_NS, received_ns=arrived_ns + back_ns)


def test_ways_of_equal_length_give_the_offset_itself() -> None:
    reading = read_clock([exchange(10_000, 400, 400)])
    assert reading.offset_ns == OFFSET_NS
    assert reading.uncertainty_ns == 400


def test_the_exchange_with_the_shortest_round_trip_is_believed() -> None:
    slow, quick, slower = exchange(0, 90_000, 10), exchange(200_000, 60, 40), exchange(300_000, 10, 200_000)
    assert read_clock([slow, quick, slower]) == read_clock([quick])


def test_the_truth_is_within_the_uncertainty_however_uneven_the_ways() -> None:
    random = np.random.default_rng(1)
    for _ in range(500):
        ways_ns = random.exponential(200_000, (EXCHANGES, 2)).astype(int)
        exchanges = [exchange(i * 10**9, int(there), int(back)) for i, (there, back) in enumerate(ways_ns)]
        reading = read_clock(exchanges)
        assert abs(reading.offset_ns - OFFSET_NS) <= reading.uncertainty_ns
        assert reading.uncertainty_ns <= (ways_ns.sum(axis=1).min() + 1) // 2
