import numpy as np
import pytest

from loadtests.server_timing import STAGES, stage_columns

EPOCH_NS = 1_000


def read(*fields: bytes) -> dict[str, list[int | None]]:
    lengths = np.array([len(field) for field in fields], dtype=np.uint16)
    return {
        name: column.to_pylist() for name, column in stage_columns(lengths, b"".join(fields), EPOCH_NS).items()
    }


def test_each_stage_is_read_to_the_nanosecond_and_an_absent_one_is_null() -> None:
    columns = read(
        b'redis;dur=0.210, db;dur=3.400, render;dur=0.012, app;dur=4.100, start;desc="5000"',
        b"",
        b"db;dur=10.001, app;dur=10.5",
        b"app;dur=0.3",
    )
    assert columns == {
        "redis_ns": [210_000, None, None, None],
        "db_ns": [3_400_000, None, 10_001_000, None],
        "render_ns": [12_000, None, None, None],
        "app_ns": [4_100_000, None, 10_500_000, 300_000],
        "app_started_ns": [4_000, None, None, None],
    }


def test_another_services_order_and_stages_are_read_too() -> None:
    columns = read(b'app;dur=2,redis;dur=1;desc="x"', b"cdn-cache; desc=HIT, edge;dur=1", b'start;desc="7000"')
    assert columns["redis_ns"] == [1_000_000, None, None]
    assert columns["app_ns"] == [2_000_000, None, None]
    assert columns["app_started_ns"] == [None, None, 6_000]


@pytest.mark.parametrize(
    "field", [b"\xff\xfe redis;dur=\xe9", b"redis;dur=-1", b"redis;dur=1e9", b"myredis;dur=4", b","]
)
def test_what_is_no_stage_of_ours_is_null(field: bytes) -> None:
    columns = read(field, b"redis;dur=1.000, app;dur=1.000")
    assert columns["redis_ns"][1] == 1_000_000
    if field != b"redis;dur=1e9":  # a number up to its exponent: the digits are all that is claimed
        assert [columns[f"{stage}_ns"][0] for stage in STAGES] == [None] * 4


def test_nothing_recorded_gives_empty_columns() -> None:
    assert all(column == [] for column in read().values())
