"""The content of a trace file as a stream: unpacked on the way, in blocks, with the digest of what is stored."""

import gzip
import hashlib
import io
import lzma
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

import pyarrow as pa

from loadtests.errors import TraceError

HEAD_BYTES = 1 << 16
BLOCK_BYTES = 1 << 22
"""How much is in memory at a time, and the longest line."""

GZIP_MAGIC, XZ_MAGIC, ZSTD_MAGIC = b"\x1f\x8b", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd"
LONGEST_MAGIC = 6


class Readable(Protocol):
    """What unpacks, or the file itself."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes; none at the end."""


class Content:
    """What a trace file holds, from its start to its end, once.

    Attributes:
        file: name of the file.
        head: the first bytes of the content, for a look at its format; they are read again with the rest.
    """

    def __init__(self, path: Path, stored: BinaryIO) -> None:
        self.file = path.name
        self._path = path
        self._digest = hashlib.sha256()
        self._stored = io.BufferedReader(_Noted(stored, self._digest), BLOCK_BYTES)
        with self._readable():
            self._packing, self._unpacked = _unpacker(self._stored)
        self.head = self._read(HEAD_BYTES)
        self._unread = self.head

    @property
    def is_whole_in_head(self) -> bool:
        """Whether the head is all there is."""
        return len(self.head) < HEAD_BYTES

    def blocks(self, record_bytes: int) -> Iterator[bytes]:
        """Yield the content in blocks of whole records; only the last may end inside one.

        Raises:
            TraceError: the file is cut off or damaged.
        """
        size = BLOCK_BYTES - BLOCK_BYTES % record_bytes
        while block := self._next(size):
            yield block

    def line_blocks(self) -> Iterator[bytes]:
        """Yield the content in blocks of whole lines; only the last may lack the end of its last line.

        Raises:
            TraceError: the file is cut off or damaged, or what should be a line has no end.
        """
        begun = b""
        while block := self._next(BLOCK_BYTES):
            end = block.rfind(b"\n") + 1
            if end:
                yield begun + block[:end]
                begun = block[end:]
            else:
                begun += block
            if len(begun) > BLOCK_BYTES:
                raise TraceError(
                    f"the trace {self._path} has a line of over {BLOCK_BYTES:,} bytes, so it is no text of one "
                    "request a line; give a trace of a known format"
                )
        if begun:
            yield begun

    def sha256(self) -> str:
        """Read what may be left of the stored file, and return the digest of all of it."""
        while self._stored.read(BLOCK_BYTES):
            pass
        return self._digest.hexdigest()

    def _next(self, size: int) -> bytes:
        start, self._unread = self._unread[:size], self._unread[size:]
        return start + self._read(size - len(start))

    def _read(self, size: int) -> bytes:
        """Return `size` bytes, or as many as are left: an unpacker may return fewer at a time."""
        parts = []
        while size:
            with self._readable():
                part = self._unpacked.read(size)
            if not part:
                break
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    @contextmanager
    def _readable(self) -> Iterator[None]:
        """Turn what the unpackers raise into one sentence."""
        try:
            yield
        except (EOFError, OSError, lzma.LZMAError, zlib.error, pa.ArrowException) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise TraceError(
                    f"the trace {self._path} cannot be read ({error.strerror}); check the path"
                ) from error
            cut_off = isinstance(error, EOFError) or "Truncated" in str(error)
            what = f"is cut off inside its {self._packing} stream" if cut_off else f"is damaged ({error})"
            raise TraceError(f"the trace {self._path} {what}; fetch it again") from error


@contextmanager
def open_content(path: Path) -> Iterator[Content]:
    """Open the trace at `path`.

    Raises:
        TraceError: there is none, or none that can be read.
    """
    try:
        stored = path.open("rb", buffering=0)
    except OSError as error:
        raise TraceError(f"the trace {path} cannot be read ({error.strerror}); check the path") from error
    with stored:
        yield Content(path, stored)


def _unpacker(stored: "io.BufferedReader[_Noted]") -> tuple[str, Readable]:
    """Return how the file is packed, told from its first bytes, and what unpacks it."""
    magic = stored.peek(LONGEST_MAGIC)
    if magic.startswith(XZ_MAGIC):
        return "xz", lzma.LZMAFile(stored)
    if magic.startswith(GZIP_MAGIC):
        return "gzip", gzip.GzipFile(fileobj=stored)
    if magic.startswith(ZSTD_MAGIC):
        return "zst", pa.CompressedInputStream(pa.PythonFile(stored, mode="r"), "zstd")
    return "plain", stored


class _Noted(io.RawIOBase):
    """A file of which every byte that is read goes into a digest."""

    def __init__(self, stored: BinaryIO, digest: "hashlib._Hash") -> None:
        self._stored = stored
        self._digest = digest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        part = self._stored.read(len(buffer))
        buffer[: len(part)] = part
        self._digest.update(part)
        return len(part)
