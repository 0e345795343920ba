"""Access logs: the two formats, their times, what is a key and what is none."""

import gzip
from pathlib import Path

import pytest

from loadtests.errors import TraceError
from loadtests.traces import KeyPattern, Operation, open_trace, read_trace
from loadtests.traces.content import BLOCK_BYTES
from tests.loadtests.traces.files import write_lines

COMMON = (
    '10.0.0.1 - - [10/Oct/2026:13:55:36 +0200] "GET /product/7?a=1 HTTP/1.1" 200 512',
    '10.0.0.2 - ada [10/Oct/2026:13:55:36 +0200] "HEAD /product/8 HTTP/1.1" 200 -',
    '::1 - - [10/Oct/2026:11:55:37 +0000] "POST /product/7 HTTP/1.1" 303 0',
    '10.0.0.1 - - [10/Oct/2026:05:55:38 -0600] "GET /style.css HTTP/1.1" 304 0',
)
COMBINED = (
    '10.0.0.1 - - [10/Oct/2026:13:55:36 +0200] "GET /product/7 HTTP/2.0" 200 512 "-" "Agent [x] \\"y\\""',
    'www.a.example:443 10.0.0.1 - - [10/Oct/2026:13:55:39 +0200] "GET /product/9 HTTP/1.1" 200 64 "-" "-"',
)
PRODUCT = KeyPattern("^/product/([0-9]+)")
T0_S = 1_791_633_336.0  # 11:55:36 UTC on that day


def test_a_line_is_a_request_for_the_key_in_its_path(tmp_path: Path) -> None:
    trace = read_trace(write_lines(tmp_path / "access.log", COMMON), key_pattern=PRODUCT)
    assert trace.ranks.tolist() == [0, 1, 0]
    assert trace.distinct_keys == 2
    assert trace.operations is not None
    assert trace.operations.tolist() == [Operation.READ, Operation.READ, Operation.WRITE]
    assert trace.sizes_bytes is not None
    assert trace.sizes_bytes.tolist() == [512, 0, 0]


def test_times_are_of_their_time_zone(tmp_path: Path) -> None:
    trace = read_trace(write_lines(tmp_path / "access.log", COMMON), key_pattern=KeyPattern("(.*)"))
    assert trace.timestamps_s is not None
    assert trace.timestamps_s.tolist() == [T0_S, T0_S, T0_S + 1, T0_S + 2]


def test_a_combined_log_has_the_same_fields(tmp_path: Path) -> None:
    trace = read_trace(write_lines(tmp_path / "access.log", COMBINED, end="\r\n"), key_pattern=PRODUCT)
    assert trace.ranks.tolist() == [0, 1]
    assert trace.sizes_bytes is not None
    assert trace.sizes_bytes.tolist() == [512, 64]


def test_a_compressed_log_is_read_as_a_stream(tmp_path: Path) -> None:
    lines = 2 * BLOCK_BYTES // len(COMMON[0])
    (tmp_path / "access.log.gz").write_bytes(
        gzip.compress("".join(f"{COMMON[0]}\n" for _ in range(lines)).encode())
    )
    with open_trace(tmp_path / "access.log.gz", key_pattern=PRODUCT) as stream:
        stretches = [len(stretch.ranks) for stretch in stream.stretches()]
    assert len(stretches) > 1
    assert sum(stretches) == lines


def test_the_group_named_key_goes_before_the_first(tmp_path: Path) -> None:
    log = write_lines(tmp_path / "access.log", ['h - - [10/Oct/2026:13:55:36 +0200] "GET /a/b HTTP/1.1" 200 1'])
    pattern = KeyPattern("^/(a)/(?P<key>b)")
    assert pattern.key(b"/a/b") == b"b"
    assert read_trace(log, key_pattern=pattern).distinct_keys == 1


def test_what_the_pattern_takes_no_key_from_is_counted_apart_from_bad_lines(tmp_path: Path) -> None:
    tls = 'h - - [10/Oct/2026:13:55:36 +0200] "\\x16\\x03\\x01" 400 150'
    log = write_lines(tmp_path / "access.log", (*COMMON, tls, "nonsense", "", COMMON[0]))
    trace = read_trace(log, key_pattern=PRODUCT, skip_bad=True)
    assert (len(trace.ranks), trace.unmatched_records, trace.bad_records) == (4, 2, 1)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("nonsense", "none of the common or combined log format"),
        ('h - - [10/Okt/2026:13:55:36 +0200] "GET / HTTP/1.1" 200 1', "its time '10/Okt/2026:13:55:36 \\+0200'"),
        ('h - - [31/Feb/2026:13:55:36 +0200] "GET / HTTP/1.1" 200 1', "its time"),
        ('h - - [10/Oct/2026:13:55:36] "GET / HTTP/1.1" 200 1', "its time"),
        ('h - - [10/Oct/2026:13:55:36 +0200] "GET / HTTP/1.1" 200', "none of the common"),
    ],
)
def test_a_bad_line_is_told_by_its_number(tmp_path: Path, line: str, said: str) -> None:
    log = write_lines(tmp_path / "access.log", (COMMON[0], "", line, COMMON[1]))
    with pytest.raises(TraceError, match=f"line 3 of the trace access.log is bad: .*{said}"):
        read_trace(log, key_pattern=PRODUCT)


@pytest.mark.parametrize(
    ("pattern", "said"), [("/product/[0-9]+", "has no group"), ("(", "is no regular expression")]
)
def test_a_pattern_that_tells_no_key_is_refused(pattern: str, said: str) -> None:
    with pytest.raises(TraceError, match=said):
        KeyPattern(pattern)


def test_a_pattern_that_matches_nothing_is_told_with_a_path(tmp_path: Path) -> None:
    log = write_lines(tmp_path / "access.log", COMMON)
    with pytest.raises(TraceError, match=r"takes a key from none of the 4 lines .* '/product/7\?a=1'"):
        read_trace(log, key_pattern=KeyPattern("^/item/([0-9]+)"))


def test_a_log_given_as_a_trace_is_sent_where_it_is_read(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match=r"is an access log.*--log FILE --key"):
        read_trace(write_lines(tmp_path / "access.log", COMMON))


def test_a_log_without_a_pattern_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="needs a pattern"):
        read_trace(write_lines(tmp_path / "access.log", COMMON), trace_format="access-log")
