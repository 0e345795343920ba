"""The worker's end of samples on their way: rows of one leg in a temporary file, handed out piece by piece."""

import hashlib
import tempfile
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa

PIECE_BYTES = 256 * 1024  # a message; far below what would hold up the heartbeats behind it


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What one leg's rows come to, as an Arrow IPC stream.

    Attributes:
        rows: number of rows.
        size_bytes: length of the stream; 0 when there was no row.
        sha256: digest of the stream.
    """

    rows: int
    size_bytes: int
    sha256: str

    @property
    def pieces(self) -> int:
        """Number of messages that it takes."""
        return -(-self.size_bytes // PIECE_BYTES)

    def to_json(self) -> dict[str, Any]:
        """Return the fields as JSON values."""
        return asdict(self)


class Spool:
    """Takes the rows of one leg after the other; a leg's are kept until the next one's begin.

    On disk and not in memory: a worker may record for as long as its disk allows.
    """

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="hit-or-miss-samples-")  # noqa: SIM115 - lives with the spool
        self._writer: Any = None
        self._rows = 0

    def write(self, table: pa.Table) -> None:
        """Append rows of the leg under way."""
        if self._writer is None:
            self._file.seek(0)
            self._file.truncate()
            options = pa.ipc.IpcWriteOptions(compression="zstd")
            self._writer = pa.ipc.new_stream(self._file, table.schema, options=options)
        self._writer.write_table(table)
        self._rows += len(table)

    def finish(self) -> Parcel:
        """End the leg and return what its rows come to."""
        if self._writer is None:
            return Parcel(rows=0, size_bytes=0, sha256=hashlib.sha256().hexdigest())
        self._writer.close()
        self._writer = None
        rows, self._rows = self._rows, 0
        size_bytes = self._file.tell()
        self._file.seek(0)
        digest = hashlib.file_digest(self._file, "sha256").hexdigest()
        return Parcel(rows=rows, size_bytes=size_bytes, sha256=digest)

    def piece(self, number: int) -> bytes:
        """Return piece `number`, from 0."""
        self._file.seek(number * PIECE_BYTES)
        return self._file.read(PIECE_BYTES)

    def close(self) -> None:
        """Forget the rows."""
        self._file.close()
