"""A trace's spelling says how it is read, wherever it is read again."""

from pathlib import Path

import pytest

from loadtests.errors import TraceError
from loadtests.popularity import parse_popularity
from loadtests.traces import CsvColumns, TraceSource, parse_columns, parse_trace_source

SOURCES = [
    TraceSource(path=Path("web.trace.xz")),
    TraceSource(path=Path("/data/a:b?c=d&e.csv")),
    TraceSource(path=Path("t.bin"), trace_format="oracle-general"),
    TraceSource(path=Path("t.csv"), columns=CsvColumns(key="user id")),
    TraceSource(path=Path("t:1.csv"), trace_format="csv", columns=CsvColumns(key="a:b&c=d", timestamp="at?")),
]


@pytest.mark.parametrize("source", SOURCES)
def test_a_spelling_says_all_of_it(source: TraceSource) -> None:
    assert parse_trace_source(source.spelling()) == source


def test_a_plain_one_is_spelt_plainly() -> None:
    assert TraceSource(path=Path("web.trace")).spelling() == "trace:web.trace"


@pytest.mark.parametrize("spelling", ["zipf:1", "trace", "trace:", "traces:x", "uniform"])
def test_what_names_no_trace_is_none(spelling: str) -> None:
    assert parse_trace_source(spelling) is None


@pytest.mark.parametrize("spelling", ["trace?format=jpeg:x", "trace?colour=red:x"])
def test_what_cannot_be_said_of_a_trace_is_one_sentence(spelling: str) -> None:
    with pytest.raises(TraceError, match="does not say how its trace is read"):
        parse_trace_source(spelling)


def test_a_popularity_reads_its_trace_as_it_says(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("id,key\n1,a\n2,a\n1,b\nbad line\n")
    source = TraceSource(path=file, trace_format="csv", columns=CsvColumns(key="id"))
    replay = parse_popularity(source.spelling(), 0, skip_bad_records=True)
    assert replay.keys == 2
    with pytest.raises(TraceError, match=r"line 5 of the trace t\.csv is bad.*--skip-bad"):
        parse_popularity(source.spelling(), 0)


def test_columns_are_named_one_by_one() -> None:
    assert parse_columns("key=id, timestamp=at time") == CsvColumns(key="id", timestamp="at time")
    assert parse_columns("ttl=t") == CsvColumns(key="key", ttl="t")


@pytest.mark.parametrize("text", ["", "key", "key=", "colour=red", "key=a,key=b", "key=a,,ttl=b"])
def test_columns_that_do_not_read_are_one_sentence(text: str) -> None:
    with pytest.raises(TraceError, match="do not read as key=NAME,timestamp=NAME"):
        parse_columns(text)
