"""A cache sized in entries holds about that many, on the real server."""

import contextlib

import pytest
import redis

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


@pytest.mark.parametrize("entries", [40, 200, 2_000])
def test_a_limit_that_holds_another_number_is_corrected(witnesses: Witnesses, entries: int) -> None:
    size = CacheSize(entries=entries, client=witnesses.redis)
    size.empty()
    fill(witnesses, entries)
    size.limit(250.0)  # too little: a third of an entry's bytes are missing
    for attempt in range(6):
        fill(witnesses, 3 * entries, start=3 * attempt * entries)
        if not size.correct():
            break
    assert size.held() == pytest.approx(entries, rel=0.03, abs=2)
    size.empty()


def test_a_cache_that_is_not_full_yet_is_no_reason_to_raise_its_limit(witnesses: Witnesses) -> None:
    size = CacheSize(entries=1_000, client=witnesses.redis)
    size.empty()
    fill(witnesses, 600)
    size.limit_when_measurable()
    before = size.maxmemory_bytes
    assert before is not None
    assert not size.correct()
    assert size.maxmemory_bytes == before
    size.empty()


def test_a_server_that_refuses_holds_what_was_planned_once_it_has_begun_anew(witnesses: Witnesses) -> None:
    witnesses.redis.config_set("maxmemory-policy", "noeviction")
    size = CacheSize(entries=300, client=witnesses.redis)
    size.empty()
    fill(witnesses, 900)
    size.limit_when_measurable()
    for _ in range(6):
        if not size.correct():
            break
        size.restart()
        assert size.held() == 0
        with contextlib.suppress(redis.exceptions.OutOfMemoryError):
            fill(witnesses, 900)
    assert size.held() == pytest.approx(300, rel=0.03)
    size.empty()
    witnesses.redis.config_set("maxmemory-policy", "allkeys-lru")


def test_nothing_is_limited_before_an_entry_can_be_measured(witnesses: Witnesses) -> None:
    size = CacheSize(entries=1_000, client=witnesses.redis)
    size.empty()
    fill(witnesses, 100)
    assert not size.limit_when_measurable()
    assert size.maxmemory_bytes is None
    size.empty()
