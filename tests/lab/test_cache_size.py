"""A cache sized in entries holds about that many, on the real server."""

import pytest

from lab.counters import Witnesses
from lab.experiments.cache_size import CacheSize


def fill(witnesses: Witnesses, count: int, start: int = 0) -> None:
    for number in range(start, start + count):
        witnesses.redis.set(f"k:{number:08d}", b"x" * 300)


@pytest.mark.parametrize("entries", [200, 1_000, 3_000])
def test_it_settles_near_the_planned_number(witnesses: Witnesses, entries: int) -> None:
    size = CacheSize(entries=entries, client=witnesses.redis)
    size.empty()
    assert size.held() == 0
    fill(witnesses, entries)
    size.limit_when_measurable()
    fill(witnesses, 2 * entries, start=entries)
    assert size.limit_when_measurable()  # it evicts: it is full
    assert size.held() == pytest.approx(entries, rel=0.25)
    assert size.entry_bytes is not None
    buffers = 65_536  # of connections; they count, and weigh more on few entries
    assert 320 * entries < size.entry_bytes * entries < 480 * entries + buffers
    size.empty()


def test_nothing_is_limited_before_an_entry_can_be_measured(witnesses: Witnesses) -> None:
    size = CacheSize(entries=1_000, client=witnesses.redis)
    size.empty()
    fill(witnesses, 100)
    assert not size.limit_when_measurable()
    assert size.maxmemory_bytes is None
    size.empty()
