"""Samples arrive as they were sent, in pieces of bounded size, or not at all."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from loadtests.distributed.delivery import Delivery
from loadtests.distributed.spool import PIECE_BYTES, Parcel, Spool
from loadtests.errors import DeliveryError
from loadtests.outcome import OUTCOMES
from loadtests.samples import LABEL, SCHEMA

ROWS = 120_000


def rows(count: int, seed: int = 1) -> pa.Table:
    """Return samples that compress badly."""
    random = np.random.default_rng(seed)
    columns = []
    for field in SCHEMA:
        if field.type == LABEL:
            indices = pa.array(random.integers(0, len(OUTCOMES), count).astype("int8"))
            columns.append(pa.DictionaryArray.from_arrays(indices, pa.array([each.label for each in OUTCOMES])))
        else:
            columns.append(pa.array(random.integers(0, 2**15 - 1, count), type=field.type))
    return pa.table(columns, schema=SCHEMA)


@pytest.fixture
def spool() -> Spool:
    return Spool()


def sent(spool: Spool, parcel: Parcel) -> list[bytes]:
    return [spool.piece(number) for number in range(parcel.pieces)]


def delivered(parcel: Parcel, pieces: list[bytes], folder: Path, offset_ns: int = 0) -> pa.Table:
    with Delivery(parcel, "worker 1 on elsewhere", folder) as delivery:
        for number, piece in enumerate(pieces):
            delivery.take(number, piece)
        return pa.concat_tables([SCHEMA.empty_table(), *delivery.tables(offset_ns)])


def test_more_than_a_megabyte_arrives_as_it_was_in_bounded_pieces(spool: Spool, tmp_path: Path) -> None:
    halves = rows(ROWS // 2, 1), rows(ROWS // 2, 2)
    for half in halves:
        spool.write(half)
    parcel = spool.finish()
    pieces = sent(spool, parcel)
    assert parcel.rows == ROWS
    assert parcel.size_bytes == sum(map(len, pieces)) > 2**20
    assert max(map(len, pieces)) <= PIECE_BYTES <= 512 * 1024
    assert delivered(parcel, pieces, tmp_path).equals(pa.concat_tables(halves))
    assert not list(tmp_path.iterdir())


def test_a_leg_without_rows_is_delivered_too(spool: Spool, tmp_path: Path) -> None:
    parcel = spool.finish()
    assert parcel.pieces == 0
    assert len(delivered(parcel, [], tmp_path)) == 0


def test_one_legs_rows_do_not_stay_for_the_next(spool: Spool, tmp_path: Path) -> None:
    spool.write(rows(1000, 1))
    spool.finish()
    spool.write(rows(10, 2))
    parcel = spool.finish()
    assert delivered(parcel, sent(spool, parcel), tmp_path).equals(rows(10, 2))


def test_a_single_changed_bit_is_told(spool: Spool, tmp_path: Path) -> None:
    spool.write(rows(1000))
    parcel = spool.finish()
    (piece,) = sent(spool, parcel)
    changed = bytearray(piece)
    changed[len(changed) // 2] ^= 1
    with pytest.raises(DeliveryError, match=r"worker 1 on elsewhere.*SHA-256"):
        delivered(parcel, [bytes(changed)], tmp_path)


def test_missing_bytes_and_rows_are_told(spool: Spool, tmp_path: Path) -> None:
    spool.write(rows(ROWS))
    parcel = spool.finish()
    pieces = sent(spool, parcel)
    with pytest.raises(DeliveryError, match="bytes"):
        delivered(parcel, pieces[:-1], tmp_path)
    with pytest.raises(DeliveryError, match="rows"):
        delivered(replace(parcel, rows=ROWS + 1), pieces, tmp_path)


def test_a_piece_out_of_order_or_too_long_is_told(spool: Spool, tmp_path: Path) -> None:
    spool.write(rows(ROWS))
    parcel = spool.finish()
    with Delivery(parcel, "worker 1", tmp_path) as delivery, pytest.raises(DeliveryError, match="piece 1"):
        delivery.take(1, b"")
    with Delivery(parcel, "worker 1", tmp_path) as delivery, pytest.raises(DeliveryError, match="piece 0"):
        delivery.take(0, bytes(PIECE_BYTES + 1))


def test_the_workers_times_are_put_onto_the_masters_clock_and_the_services_are_not(
    spool: Spool, tmp_path: Path
) -> None:
    table = rows(100)
    absent = pa.array([None] * 100, type=pa.int64())
    index = table.schema.get_field_index("done_ns")
    spool.write(table.set_column(index, table.schema.field(index), absent))
    parcel = spool.finish()
    arrived = delivered(parcel, sent(spool, parcel), tmp_path, offset_ns=5_000)
    for name in ("intended_ns", "sent_ns", "connected_ns"):
        assert (arrived[name].to_numpy() == table[name].to_numpy() - 5_000).all()
    assert arrived["done_ns"].null_count == 100
    for name in ("app_started_ns", "redis_ns", "app_ns", "key"):
        assert arrived[name].equals(table[name])
    assert arrived.schema.equals(SCHEMA)
