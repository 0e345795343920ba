"""Reads traces: as a stream of stretches in bounded memory, or whole."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from loadtests.errors import TraceError
from loadtests.traces.access_log import AccessLog
from loadtests.traces.bad_records import BadRecords
from loadtests.traces.content import Content, open_content
from loadtests.traces.csv_columns import CsvColumns
from loadtests.traces.details import Details, joined
from loadtests.traces.detection import TraceFormat, detect_format
from loadtests.traces.key_pattern import EXAMPLE, KeyPattern
from loadtests.traces.numbering import KeyNumbers
from loadtests.traces.oracle_general import read_oracle_general
from loadtests.traces.records import Records
from loadtests.traces.text import read_csv, read_twitter
from loadtests.traces.trace import Trace
from loadtests.traces.web12 import read_web12

DEFAULT_COLUMNS = CsvColumns()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch(Details):
    """Some requests in order; `ranks` is as in `Trace`."""

    ranks: npt.NDArray[np.int64]


class TraceStream:
    """A trace that is read once, from its start to its end.

    Attributes:
        file: name of the file.
        trace_format: what it is read as.
    """

    def __init__(
        self,
        content: Content,
        *,
        trace_format: TraceFormat | None,
        columns: CsvColumns,
        skip_bad: bool,
        key_pattern: KeyPattern | None,
    ) -> None:
        self.file = content.file
        self.trace_format = trace_format or detect_format(content, columns)
        self._content = content
        self._columns = columns
        self._numbers = KeyNumbers()
        self._bad = BadRecords(content.file, skip=skip_bad)
        self._log = None if key_pattern is None else AccessLog(content, self._bad, key_pattern)

    @property
    def distinct_keys(self) -> int:
        """Number of distinct keys in what was read so far."""
        return len(self._numbers)

    @property
    def bad_records(self) -> int:
        """Number of records or lines that were skipped so far."""
        return self._bad.count

    @property
    def unmatched_records(self) -> int:
        """Number of good lines of an access log so far that the pattern takes no key from."""
        return 0 if self._log is None else self._log.unmatched

    def stretches(self) -> Iterator[Stretch]:
        """Yield the requests, some hundred thousand at a time.

        Raises:
            TraceError: the file is cut off or damaged, holds no request, or a record is bad and not to be skipped.
        """
        requests = 0
        for records in self._records():
            requests += len(records.codes)
            yield Stretch(ranks=self._numbers.ranks(records), **records.columns())
        if not requests and self.unmatched_records:
            assert self._log is not None, "nothing else has unmatched lines"  # noqa: S101
            path = (self._log.an_unmatched_path or b"no path").decode("utf-8", "replace")
            raise TraceError(
                f"the pattern {self._log.pattern.text!r} takes a key from none of the {self.unmatched_records:,} "
                f"lines of the access log {self.file}, the first of which asks for {path!r}; give one that does"
            )
        if not requests:
            raise TraceError(
                f"the trace {self.file}, read as {self.trace_format}, holds no request"
                + (f", and {self.bad_records:,} bad records" if self.bad_records else "")
                + "; give another, or name its format"
            )

    def sha256(self) -> str:
        """Return the digest of the stored file; after this nothing more can be read."""
        return self._content.sha256()

    def _records(self) -> Iterator[Records]:
        match self.trace_format:
            case "web12":
                return read_web12(self._content, self._bad)
            case "oracle-general":
                return read_oracle_general(self._content, self._bad)
            case "twitter":
                return read_twitter(self._content, self._bad)
            case "csv":
                return read_csv(self._content, self._bad, self._columns)
            case "access-log":
                if self._log is None:
                    raise TraceError(
                        f"the access log {self.file} needs a pattern that tells the key, such as '{EXAMPLE}'; "
                        "give one"
                    )
                return self._log.records()


@contextmanager
def open_trace(
    path: Path,
    *,
    trace_format: TraceFormat | None = None,
    columns: CsvColumns = DEFAULT_COLUMNS,
    skip_bad: bool = False,
    key_pattern: KeyPattern | None = None,
) -> Iterator[TraceStream]:
    """Open the trace at `path` as a stream: beside one stretch, memory holds the distinct keys alone.

    Compression (gzip, xz, zst or none) and, if `trace_format` is None, the format are told from the content;
    `columns` names those of a CSV; `key_pattern` makes the file an access log, and tells the key of its paths. Bad
    records end the reading, or are skipped and counted if `skip_bad`.

    Raises:
        TraceError: the file is missing, empty, cut off, damaged or of no format that is read here.
    """
    with open_content(path) as content:
        if not content.head:
            raise TraceError(f"the trace {path} is empty; give a file with at least one request")
        if key_pattern is not None:
            trace_format = "access-log"
        yield TraceStream(
            content, trace_format=trace_format, columns=columns, skip_bad=skip_bad, key_pattern=key_pattern
        )


def read_trace(
    path: Path,
    *,
    trace_format: TraceFormat | None = None,
    columns: CsvColumns = DEFAULT_COLUMNS,
    skip_bad: bool = False,
    key_pattern: KeyPattern | None = None,
) -> Trace:
    """Read the whole trace at `path`; the options are those of `open_trace`.

    Raises:
        TraceError: as `open_trace`, or a record is bad and not to be skipped.
    """
    with open_trace(
        path, trace_format=trace_format, columns=columns, skip_bad=skip_bad, key_pattern=key_pattern
    ) as stream:
        stretches = list(stream.stretches())
        return Trace(
            file=path.name,
            sha256=stream.sha256(),
            ranks=np.concatenate([stretch.ranks for stretch in stretches]),
            distinct_keys=stream.distinct_keys,
            trace_format=stream.trace_format,
            bad_records=stream.bad_records,
            unmatched_records=stream.unmatched_records,
            **joined(stretches),
        )
