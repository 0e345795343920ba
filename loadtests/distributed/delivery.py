"""The master's end of samples on their way: collects a leg's pieces, checks them and hands on the rows."""

import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.compute as pc

from loadtests.distributed.spool import PIECE_BYTES, Parcel
from loadtests.errors import DeliveryError

# What the worker's clock stamped; the service's own stamps are on another clock and are left as they are.
WORKER_STAMPS = ("intended_ns", "sent_ns", "connected_ns", "done_ns")


class Delivery:
    """One worker's rows of one leg, as they arrive; kept in `folder` and not in memory.

    Args:
        parcel: what the worker says that it sends.
        sender: the worker, for error messages.
        folder: where there is room.
    """

    def __init__(self, parcel: Parcel, sender: str, folder: Path) -> None:
        self._parcel = parcel
        self._sender = sender
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by __exit__
        self._digest = hashlib.sha256()
        self._taken = 0

    def __enter__(self) -> "Delivery":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def take(self, number: int, content: bytes) -> None:
        """Append piece `number`; pieces come in order.

        Raises:
            DeliveryError: it is another one, or longer than a piece may be.
        """
        if number != self._taken or len(content) > PIECE_BYTES:
            raise DeliveryError(
                f"the samples of {self._sender} came as piece {number} of {len(content):,} bytes where piece "
                f"{self._taken} of at most {PIECE_BYTES:,} was due; install the same version on all machines"
            )
        self._file.write(content)
        self._digest.update(content)
        self._taken += 1

    def tables(self, offset_ns: int) -> Iterator[pa.Table]:
        """Check the whole and yield its rows, with the worker's times put onto the master's clock.

        Raises:
            DeliveryError: length, digest or number of rows are not what the worker announced.
        """
        self._check("bytes", self._parcel.size_bytes, self._file.tell())
        self._check("as SHA-256", self._parcel.sha256, self._digest.hexdigest())
        rows = 0
        if self._parcel.size_bytes:
            self._file.seek(0)
            with pa.ipc.open_stream(self._file) as stream:
                for batch in stream:
                    rows += len(batch)
                    yield _on_masters_clock(pa.Table.from_batches([batch]), offset_ns)
        self._check("rows", self._parcel.rows, rows)

    def _check(self, what: str, announced: int | str, arrived: int | str) -> None:
        if announced != arrived:
            raise DeliveryError(
                f"the samples of {self._sender} did not arrive as sent: announced {announced} {what}, arrived "
                f"{arrived}; run again"
            )


def _on_masters_clock(table: pa.Table, offset_ns: int) -> pa.Table:
    if not offset_ns:
        return table
    for name in WORKER_STAMPS:
        index = table.schema.get_field_index(name)
        if index >= 0:
            shifted = pc.subtract(table.column(index), pa.scalar(offset_ns, pa.int64()))
            table = table.set_column(index, table.schema.field(index), shifted)
    return table
