"""Traces are read whole or not at all, whatever their format and however they are packed."""

import gzip
import hashlib
import lzma
import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from loadtests.errors import TraceError
from loadtests.traces import CsvColumns, Operation, open_trace, read_trace
from tests.loadtests.traces.files import (
    CSV_LINES,
    ORACLE_RECORDS,
    TWITTER_LINES,
    packed,
    write_lines,
    write_oracle,
    write_web12,
)

PACKINGS = ["plain", "gzip", "xz", "zst"]
READ, WRITE, DELETE = Operation
REAL_TRACE = Path(os.environ.get("WEB12_TRACE", "../shared/traces/web12.trace.xz"))


def test_keys_are_numbered_by_first_appearance(tmp_path: Path) -> None:
    trace = read_trace(write_web12(tmp_path / "t.trace", [700, 3, 700, 4_000_000_000, 3]))
    assert trace.ranks.tolist() == [0, 1, 0, 2, 1]
    assert trace.distinct_keys == 3
    assert trace.timestamps_s is trace.sizes_bytes is trace.operations is trace.ttls_s is None


@pytest.mark.parametrize("how", PACKINGS)
def test_packed_is_read_like_plain_whatever_the_name(how: str, tmp_path: Path) -> None:
    plain = write_web12(tmp_path / "t.trace", [5, 6, 5, 80_000] * 50_000)
    trace = read_trace(packed(plain, how))
    assert trace.ranks.tolist() == [0, 1, 0, 2] * 50_000
    assert trace.sha256 == hashlib.sha256(packed(plain, how).read_bytes()).hexdigest()


@pytest.mark.parametrize("how", PACKINGS)
def test_a_twitter_trace_says_when_what_and_how_large(how: str, tmp_path: Path) -> None:
    trace = read_trace(packed(write_lines(tmp_path / "t", TWITTER_LINES), how))
    assert trace.ranks.tolist() == [0, 1, 0, 2]
    assert trace.timestamps_s is not None
    assert trace.timestamps_s.tolist() == [10.0, 10.0, 11.0, 13.0]
    assert trace.key_sizes_bytes is not None
    assert trace.key_sizes_bytes.tolist() == [6, 6, 6, 6]
    assert trace.sizes_bytes is not None
    assert trace.sizes_bytes.tolist() == [120, 0, 130, 0]
    assert trace.operations is not None
    assert trace.operations.tolist() == [READ, READ, WRITE, DELETE]
    np.testing.assert_array_equal(trace.ttls_s, [np.nan, np.nan, 3600.0, np.nan])


@pytest.mark.parametrize("how", PACKINGS)
def test_an_oracle_general_trace_says_when_and_how_large(how: str, tmp_path: Path) -> None:
    trace = read_trace(packed(write_oracle(tmp_path / "t", ORACLE_RECORDS), how))
    assert trace.ranks.tolist() == [0, 1, 0, 2]
    assert trace.timestamps_s is not None
    assert trace.timestamps_s.tolist() == [5.0, 5.0, 6.0, 9.0]
    assert trace.sizes_bytes is not None
    assert trace.sizes_bytes.tolist() == [100, 200, 100, 7]
    assert trace.operations is trace.ttls_s is None


@pytest.mark.parametrize("how", PACKINGS)
def test_a_csv_trace_has_the_columns_that_it_names(how: str, tmp_path: Path) -> None:
    trace = read_trace(packed(write_lines(tmp_path / "t", CSV_LINES), how), columns=CsvColumns(timestamp="when"))
    assert trace.ranks.tolist() == [0, 1, 0]
    assert trace.timestamps_s is not None
    assert trace.timestamps_s.tolist() == [0.5, 0.75, 2.0]
    assert trace.sizes_bytes is not None
    assert trace.sizes_bytes.tolist() == [10, 20, 10]
    assert trace.operations is not None
    assert trace.operations.tolist() == [READ, WRITE, READ]
    np.testing.assert_array_equal(trace.ttls_s, [np.nan, 60.0, np.nan])


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress])
def test_several_packed_streams_are_one_trace(pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
    file = tmp_path / "t"
    halves = [write_web12(tmp_path / name, keys).read_bytes() for name, keys in (("a", [5, 6]), ("b", [5, 7]))]
    file.write_bytes(b"".join(pack(half) for half in halves))
    assert read_trace(file).ranks.tolist() == [0, 1, 0, 2]


def test_several_zst_frames_are_one_trace(tmp_path: Path) -> None:
    frames = [packed(write_web12(tmp_path / "t", keys), "zst").read_bytes() for keys in ([5, 6], [5, 7])]
    (tmp_path / "both").write_bytes(b"".join(frames))
    assert read_trace(tmp_path / "both").ranks.tolist() == [0, 1, 0, 2]


def test_keys_keep_their_numbers_from_one_stretch_to_the_next(tmp_path: Path) -> None:
    keys = np.random.default_rng(3).integers(0, 50_000, 2_500_000)
    file = write_web12(tmp_path / "t", keys.tolist())
    with open_trace(file) as stream:
        stretches = list(stream.stretches())
        assert stream.sha256() == hashlib.sha256(file.read_bytes()).hexdigest()
    assert len(stretches) >= 3
    assert max(len(stretch.ranks) for stretch in stretches) <= 1 << 20
    ranks = np.concatenate([stretch.ranks for stretch in stretches])
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    assert (ranks == np.argsort(np.argsort(first))[inverse]).all()
    assert stream.distinct_keys == len(first)


def test_a_stream_gives_its_first_requests_before_the_file_has_ended(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    came, in_time = threading.Event(), []

    def write() -> None:
        with pipe.open("wb") as file:
            file.write(bytes(range(1, 101)) * 120_000)
            in_time.append(came.wait(30))
            file.write(bytes(range(1, 101)) * 10)

    writer = threading.Thread(target=write)
    writer.start()
    with open_trace(pipe, trace_format="web12") as stream:
        stretches = stream.stretches()
        first = next(stretches)
        came.set()
        rest = sum(len(stretch.ranks) for stretch in stretches)
    writer.join()
    assert in_time == [True]
    assert len(first.ranks) + rest == 25 * 120_010


@pytest.mark.parametrize(
    ("name", "lines", "bad_lines", "said"),
    [
        ("twitter", ["9,k,1,1,1,get,0", "9,k,1,1,get,0", "9,k,1,1,1,get,0"], [2], "6 fields instead of 7"),
        ("twitter", ["9,k,1,1,1,get,0", "now,k,1,1,1,get,0"], [2], "timestamp 'now' is no number of seconds"),
        ("twitter", ["9,k,1,1,1,get,0", "9,k,one,1,1,get,0"], [2], "key size 'one' is no number of bytes"),
        ("twitter", ["9,k,1,1,1,get,0", "9,k,1,-5,1,get,0"], [2], "value size '-5' is no number of bytes"),
        ("twitter", ["9,k,1,1,1,get,0", "9,k,1,1,1,peek,0"], [2], "operation 'peek' is unknown"),
        ("twitter", ["9,k,1,1,1,get,0", "9,k,1,1,1,set,-1"], [2], "TTL '-1' is below 0"),
        ("twitter", ["9,k,1,1,1,get,0", "9,,1,1,1,get,0"], [2], "its key is empty"),
        ("twitter", ["bad", "9,k,1,1,1,get,0", "", "9,k,1"], [1, 4], "1 fields instead of 7"),
        ("csv", ["key,size", "k,1", "k", "k,2"], [3], "1 fields instead of 2"),
        ("csv", ["key,size", "k,1", "k,", "k,1.5", "k,2"], [3, 4], "value size '' is no number of bytes"),
        ("csv", ["key,timestamp", "k,1", "k,nan", "k,2"], [3], "timestamp 'nan' is no number of seconds"),
        ("csv", ["key,ttl", "k,1", "k,nan", "k,2"], [3], "TTL 'nan' is no number of seconds"),
        ("csv", ["key,size", "k,1", 'k"x,2'], [], ""),
        ("csv", ["key,size", "k,1", '"k,2'], [3], "1 fields instead of 2"),
        ("csv", ["key,size", "k,1", "k,1_0"], [3], "value size '1_0' is no number of bytes"),
        ("csv", ["key,size", "k,1", "k,9223372036854775808"], [3], "is no number of bytes"),
    ],
)
def test_a_bad_line_ends_the_reading_with_its_number_or_is_skipped_and_counted(
    name: str, lines: list[str], bad_lines: list[int], said: str, tmp_path: Path
) -> None:
    file = write_lines(tmp_path / "t", lines)
    if bad_lines:
        with pytest.raises(TraceError, match=rf"^line {bad_lines[0]} of the trace t is bad: .*{said}"):
            read_trace(file)
    skipped = read_trace(file, skip_bad=True)
    good = [line for number, line in enumerate(lines, 1) if number not in bad_lines and line]
    only_good = read_trace(write_lines(tmp_path / "good", good))
    assert skipped.bad_records == len(bad_lines)
    assert only_good.bad_records == 0
    assert skipped.ranks.tolist() == only_good.ranks.tolist()
    for column, other in zip(skipped.columns().values(), only_good.columns().values(), strict=True):
        np.testing.assert_array_equal(column, other)


@pytest.mark.parametrize("first_line", [[], ["timestamp,key,length,size,client,operation,ttl"]])
def test_the_number_of_a_bad_line_far_into_a_trace_is_right(first_line: list[str], tmp_path: Path) -> None:
    lines = [f"{second // 100},key{second % 977},6,{second},1,get,0" for second in range(400_000)]
    lines[312_345] = "cut"
    lines = first_line + lines
    file = write_lines(tmp_path / "t", lines)
    with pytest.raises(TraceError, match=rf"^line {312_346 + len(first_line):,} of the trace t is bad"):
        read_trace(file)
    trace = read_trace(file, skip_bad=True)
    assert (len(trace.ranks), trace.distinct_keys, trace.bad_records) == (399_999, 977, 1)
    assert trace.sizes_bytes is not None
    assert trace.sizes_bytes.sum() == sum(range(400_000)) - 312_345


def test_commas_in_a_twitter_key_are_part_of_it(tmp_path: Path) -> None:
    file = write_lines(tmp_path / "t", ["9,a,b,c,5,1,1,get,0", "9,a,b,5,1,1,get,0", "9,a,b,c,5,1,1,get,0"])
    trace = read_trace(file)
    assert trace.ranks.tolist() == [0, 1, 0]
    assert trace.key_sizes_bytes is not None
    assert trace.key_sizes_bytes.tolist() == [5, 5, 5]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_csv_has_its_usual_liberties(end: str, tmp_path: Path) -> None:
    lines = ["\ufeffsize,key", '5,"a,b"', '5,"say ""a"""', "5,a", '7,"a,b"']
    trace = read_trace(write_lines(tmp_path / "t", lines, end))
    assert trace.ranks.tolist() == [0, 1, 2, 0]
    assert trace.sizes_bytes is not None
    assert trace.sizes_bytes.tolist() == [5, 5, 5, 7]


def test_a_last_line_without_an_end_counts(tmp_path: Path) -> None:
    file = tmp_path / "t"
    file.write_bytes(b"key\na\nb")
    assert read_trace(file).ranks.tolist() == [0, 1]


def test_a_bad_record_of_oracle_general_is_numbered(tmp_path: Path) -> None:
    records = [*ORACLE_RECORDS[:2], (6, 70, 100, -77), ORACLE_RECORDS[3]]
    file = write_oracle(tmp_path / "t.oracleGeneral", records)
    with pytest.raises(TraceError, match=r"^record 3 of the trace .* its next request is at -77; mend it"):
        read_trace(file)
    trace = read_trace(file, skip_bad=True)
    assert (trace.ranks.tolist(), trace.bad_records) == ([0, 1, 2], 1)


@pytest.mark.parametrize("left_out", [1, 10, 23])
def test_an_oracle_general_trace_that_is_cut_off_says_so(left_out: int, tmp_path: Path) -> None:
    file = write_oracle(tmp_path / "t", ORACLE_RECORDS)
    file.write_bytes(file.read_bytes()[:-left_out])
    with pytest.raises(TraceError, match=rf"^record 4 of .* ends after {24 - left_out} of its 24 bytes"):
        read_trace(file)
    assert read_trace(file, skip_bad=True).bad_records == 1


def test_a_web12_trace_that_is_cut_off_says_so(tmp_path: Path) -> None:
    file = write_web12(tmp_path / "t", [1, 2, 3])
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(TraceError, match=r"^record 3 of the trace t is bad: .*no whole number of 32-bit keys"):
        read_trace(file)
    assert read_trace(file, skip_bad=True).ranks.tolist() == [0, 1]


@pytest.mark.parametrize("how", ["gzip", "xz", "zst"])
@pytest.mark.parametrize("skip_bad", [False, True])
def test_a_packed_trace_that_is_cut_off_is_one_sentence(how: str, skip_bad: bool, tmp_path: Path) -> None:
    keys = np.random.default_rng(1).integers(0, 1 << 16, 100_000)
    file = packed(write_web12(tmp_path / "t", keys.tolist()), how)
    file.write_bytes(file.read_bytes()[:-40])
    with pytest.raises(TraceError, match=f"is cut off inside its {how} stream; fetch it again"):
        read_trace(file, skip_bad=skip_bad)


@pytest.mark.parametrize("how", ["gzip", "xz", "zst"])
def test_a_packed_trace_damaged_inside_is_one_sentence(how: str, tmp_path: Path) -> None:
    keys = np.random.default_rng(1).integers(0, 1000, 100_000)
    file = packed(write_web12(tmp_path / "t", keys.tolist()), how)
    content = bytearray(file.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 200] = bytes(200)
    file.write_bytes(content)
    with pytest.raises(TraceError, match="is damaged"):
        read_trace(file)


@pytest.mark.parametrize(
    "content", [b"", lzma.compress(b""), gzip.compress(b"", mtime=0)], ids=["plain", "xz", "gzip"]
)
def test_an_empty_trace_is_one_sentence(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "t"
    file.write_bytes(content)
    with pytest.raises(TraceError, match="is empty; give a file with at least one request"):
        read_trace(file)


@pytest.mark.parametrize("content", [b"key,size\n", b"key,size"])
def test_a_header_alone_is_no_trace(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "t"
    file.write_bytes(content)
    with pytest.raises(TraceError, match="read as csv, holds no request; give another"):
        read_trace(file)


def test_a_trace_of_bad_lines_alone_is_one_sentence(tmp_path: Path) -> None:
    file = write_lines(tmp_path / "t", ["key,size", "k,x", "k,y"])
    with pytest.raises(TraceError, match="holds no request, and 2 bad records"):
        read_trace(file, skip_bad=True)


@pytest.mark.parametrize("path", ["none.trace", "."])
def test_a_path_without_a_trace_is_one_sentence(path: str, tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="check the path"):
        read_trace(tmp_path / path)


def test_a_column_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    file = write_lines(tmp_path / "t", CSV_LINES)
    with pytest.raises(TraceError, match="has no column 'at' among 'when', 'key', 'operation', 'size', 'ttl'"):
        read_trace(file, columns=CsvColumns(timestamp="at"))
    with pytest.raises(TraceError, match="has no column 'url' among 'when'"):
        read_trace(file, trace_format="csv", columns=CsvColumns(key="url"))


def test_a_first_line_that_is_no_csv_has_no_columns(tmp_path: Path) -> None:
    file = write_lines(tmp_path / "t", ["key," + "x" * 200_000, "a,1"])
    with pytest.raises(TraceError, match="has no column 'key' among none"):
        read_trace(file)


def test_a_line_without_an_end_does_not_fill_the_memory(tmp_path: Path) -> None:
    file = tmp_path / "t"
    file.write_bytes(b"key\n" + b"x" * 20_000_000)
    with pytest.raises(TraceError, match="has a line of over 4,194,304 bytes"):
        read_trace(file)


@pytest.mark.skipif(not REAL_TRACE.exists(), reason="the web12 trace is not part of the project; set WEB12_TRACE")
def test_the_real_trace_has_its_published_figures() -> None:
    trace = read_trace(REAL_TRACE)
    assert (len(trace.ranks), trace.distinct_keys) == (95_607, 13_756)
    assert _lru_hit_ratio(trace.ranks.tolist(), 1_375) == pytest.approx(0.6848, abs=0.0001)


def _lru_hit_ratio(keys: list[int], capacity: int) -> float:
    cache: OrderedDict[int, None] = OrderedDict()
    hits = 0
    for key in keys:
        if key in cache:
            hits += 1
            cache.move_to_end(key)
        else:
            cache[key] = None
            if len(cache) > capacity:
                cache.popitem(last=False)
    return hits / len(keys)
