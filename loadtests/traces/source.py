"""Which trace is replayed and how it is read, as a popularity has it: that is how each worker is told."""

from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import get_args
from urllib.parse import parse_qsl, urlencode

from loadtests.errors import TraceError
from loadtests.traces.csv_columns import CsvColumns
from loadtests.traces.detection import TraceFormat
from loadtests.traces.reading import DEFAULT_COLUMNS, read_trace
from loadtests.traces.trace import Trace

FORMATS: tuple[TraceFormat, ...] = get_args(TraceFormat)
COLUMN_NAMES = tuple(field.name for field in fields(CsvColumns))
KIND = "trace"


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceSource:
    """A trace's file and how to read it.

    Attributes:
        path: the file.
        trace_format: None to tell it from the content.
        columns: which columns of a CSV mean what.
    """

    path: Path
    trace_format: TraceFormat | None = None
    columns: CsvColumns = DEFAULT_COLUMNS

    def spelling(self) -> str:
        """Return it as a popularity: `trace:FILE`, or `trace?format=csv&key=NAME:FILE` where more is to be said.

        What stands between is encoded as in a URL, so that the first colon is the end of it.
        """
        said = {"format": self.trace_format}
        if self.columns != DEFAULT_COLUMNS:
            said |= asdict(self.columns)
        query = urlencode({name: text for name, text in said.items() if text is not None})
        return f"{KIND}?{query}:{self.path}" if query else f"{KIND}:{self.path}"

    def read(self, *, skip_bad: bool = False) -> Trace:
        """Read the whole of it.

        Raises:
            TraceError: as `read_trace`.
        """
        return read_trace(self.path, trace_format=self.trace_format, columns=self.columns, skip_bad=skip_bad)


def parse_trace_source(spelling: str) -> TraceSource | None:
    """Return the trace that a popularity names; None where it names a law.

    Raises:
        TraceError: it says something of the trace that cannot be said.
    """
    head, _, file = spelling.partition(":")
    kind, _, query = head.partition("?")
    if kind != KIND or not file:
        return None
    said = dict(parse_qsl(query))
    name = said.pop("format", None)
    trace_format = next((each for each in FORMATS if each == name), None)
    if said.keys() - set(COLUMN_NAMES) or trace_format != name:
        raise TraceError(
            f"{spelling!r} does not say how its trace is read; write trace:FILE or trace?format=FORMAT&COLUMN="
            f"NAME:FILE with a format {', '.join(FORMATS)} and columns {', '.join(COLUMN_NAMES)}"
        )
    return TraceSource(path=Path(file), trace_format=trace_format, columns=CsvColumns(**said))


def parse_columns(text: str) -> CsvColumns:
    """Return the columns that `key=NAME,timestamp=NAME,…` names.

    Raises:
        TraceError: it does not read as that.
    """
    pairs = [pair.partition("=") for pair in text.split(",")]
    named = {what.strip(): name.strip() for what, _, name in pairs}
    if len(named) < len(pairs) or not all(named.values()) or named.keys() - set(COLUMN_NAMES):
        raise TraceError(
            f"the columns {text!r} do not read as key=NAME,timestamp=NAME; each of {', '.join(COLUMN_NAMES)} may "
            "be named once"
        )
    return CsvColumns(**named)
