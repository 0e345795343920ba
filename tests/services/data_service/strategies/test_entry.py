import pytest

from services.data_service.strategies.entry import Entry

ENTRY = Entry(body=b'{"name": "ad\\n"}', version=3, stored_at_ms=1_800_000_000_000, ttl_ms=60_000)


def test_an_entry_comes_back_as_it_was() -> None:
    assert Entry.parse(ENTRY.to_bytes()) == ENTRY


def test_it_can_be_read_in_redis_cli() -> None:
    assert ENTRY.to_bytes() == b'3 1800000000000 60000 16\n{"name": "ad\\n"}'


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n",
        b"rubbish",
        b'{"name": "ada"}',
        ENTRY.to_bytes()[:-1],
        ENTRY.to_bytes() + b"x",
        b"3 1800000000000 60000\n{}",
        b"3 1800000000000 60000 2 7\n{}",
        b"3 x 60000 2\n{}",
        b"3 1800000000000 60000 2\n[]",
        b"3 1800000000000 60000 0\n",
        b"\xff\xfe 1 1 2\n{}",
    ],
)
def test_anything_else_is_no_entry(raw: bytes) -> None:
    assert Entry.parse(raw) is None
