"""Traces of requests: read from files of several formats, plain or compressed, with their keys renumbered."""

from loadtests.traces.csv_columns import CsvColumns
from loadtests.traces.detection import TraceFormat
from loadtests.traces.key_pattern import KeyPattern
from loadtests.traces.operation import Operation
from loadtests.traces.reading import TraceStream, open_trace, read_trace
from loadtests.traces.source import TraceSource, parse_columns, parse_trace_source
from loadtests.traces.timing import Timing
from loadtests.traces.trace import Trace

__all__ = [
    "CsvColumns",
    "KeyPattern",
    "Operation",
    "Timing",
    "Trace",
    "TraceFormat",
    "TraceSource",
    "TraceStream",
    "open_trace",
    "parse_columns",
    "parse_trace_source",
    "read_trace",
]
