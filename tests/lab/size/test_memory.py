"""Bytes an entry, on a real server."""

from collections.abc import Iterator

import numpy as np
import pytest

from lab.size import memory
from lab.size.memory import MemoryMeter, memory_meter, user_value_bytes
from lab.stacks.embedded import TTL_S
from services.data_service.strategies.entry import Entry

USER_VALUE_BYTES = user_value_bytes(TTL_S)


@pytest.fixture(scope="module")
def meter() -> Iterator[MemoryMeter]:
    with memory_meter(np.array([USER_VALUE_BYTES])) as running:
        yield running


def test_a_value_is_as_large_as_data_services() -> None:
    body = b'{"name": "user-000000", "info": "%b", "version": 1}' % (b"x" * memory.INFO_BYTES)
    entry = Entry(body=body, version=1, stored_at_ms=1_795_624_476_000, ttl_ms=round(TTL_S * 1000))
    assert len(entry.to_bytes()) == USER_VALUE_BYTES


def test_the_server_says_what_it_is_and_how_it_samples(meter: MemoryMeter) -> None:
    assert meter.name.startswith("Valkey ")
    assert (meter.server.sampling, meter.server.samples) == ("buckets", 5)


def test_it_really_holds_the_entries_that_are_measured(meter: MemoryMeter) -> None:
    meter.maxmemory_bytes(1_234)
    assert meter._client.dbsize() == 1_234
    assert meter._client.strlen("hm:1:user:user-000042") == USER_VALUE_BYTES
    assert meter._client.pttl("hm:1:user:user-000042") > 0


def test_an_entry_takes_more_than_its_value_and_key(meter: MemoryMeter) -> None:
    least = USER_VALUE_BYTES + len("hm:1:user:user-000000")
    assert least < meter.entry_bytes(2_000) < 2 * least


def test_memory_repeats_whatever_was_measured_between(meter: MemoryMeter) -> None:
    first = meter.maxmemory_bytes(3_000)
    meter.maxmemory_bytes(9_000)
    meter._known.clear()
    assert meter.maxmemory_bytes(3_000) == pytest.approx(first, rel=0.03)


def test_what_is_too_much_to_fill_is_measured_at_as_full_a_table(
    meter: MemoryMeter, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = meter.entry_bytes(20_000)
    meter._known.clear()
    monkeypatch.setattr(memory, "MOST_MEASURED_ENTRIES", 6_000)
    assert meter.entry_bytes(20_000) == pytest.approx(whole, rel=0.05)
    assert meter._client.dbsize() == 5_000


def test_a_cache_that_holds_everything_has_room_for_buffers_too(meter: MemoryMeter) -> None:
    maxmemory_bytes = meter.to_hold(2_000)
    assert maxmemory_bytes(1_999) == meter.maxmemory_bytes(1_999)
    assert maxmemory_bytes(2_000) == meter.maxmemory_bytes(2_000) + memory.BUFFERS_BYTES


def test_values_of_several_sizes_are_taken_in_their_order() -> None:
    with memory_meter(np.array([10, 5_000])) as meter:
        meter.maxmemory_bytes(2)
        assert [meter._client.strlen(f"hm:1:user:user-00000{index}") for index in (0, 1)] == [10, 5_000]
        assert meter.entry_bytes(1_000) > 2_500
