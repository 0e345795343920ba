"""A trace's format is told from its content."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from loadtests.errors import TraceError
from loadtests.traces import CsvColumns, TraceFormat, open_trace
from tests.loadtests.traces.files import (
    CSV_LINES,
    ORACLE_RECORDS,
    TWITTER_LINES,
    packed,
    write_lines,
    write_oracle,
    write_web12,
)


def found(path: Path, columns: CsvColumns | None = None) -> TraceFormat:
    with open_trace(path, columns=columns or CsvColumns()) as stream:
        return stream.trace_format


def oracle_records(count: int, seed: int = 1) -> Iterable[tuple[int, ...]]:
    """Records as libCacheSim has them: next positions count from 1, and the last request of a key has none."""
    random = np.random.default_rng(seed)
    keys = random.integers(0, 1 << 63, 300)[random.integers(0, 300, count)]
    following: dict[int, int] = {}
    after = []
    for position in range(count - 1, -1, -1):
        key = int(keys[position])
        after.append(following.get(key, -1))
        following[key] = position + 1
    for position, (key, then) in enumerate(zip(keys.tolist(), reversed(after), strict=True)):
        yield position // 50, key, 100, then


@pytest.mark.parametrize("name", ["trace", "trace.csv", "trace.oracleGeneral.zst"])
def test_text_is_told_apart_by_its_first_line_and_not_its_name(name: str, tmp_path: Path) -> None:
    assert found(write_lines(tmp_path / name, CSV_LINES)) == "csv"
    assert found(write_lines(tmp_path / name, TWITTER_LINES)) == "twitter"
    assert found(write_lines(tmp_path / name, ["url,n", "a,1"]), CsvColumns(key="url")) == "csv"


def test_a_bad_first_line_does_not_hide_a_twitter_trace(tmp_path: Path) -> None:
    assert found(write_lines(tmp_path / "t", ["garbage", *TWITTER_LINES])) == "twitter"


@pytest.mark.parametrize("count", [1, 5, 40, 20_000])
@pytest.mark.parametrize("how", ["plain", "zst"])
def test_oracle_general_is_told_apart_by_its_records(count: int, how: str, tmp_path: Path) -> None:
    assert found(packed(write_oracle(tmp_path / "t", oracle_records(count)), how)) == "oracle-general"


def test_oracle_general_that_counts_from_0_or_says_the_largest_number_is_told_apart(tmp_path: Path) -> None:
    assert found(write_oracle(tmp_path / "t", ORACLE_RECORDS)) == "oracle-general"


@pytest.mark.parametrize("first", [0, 1])
def test_oracle_general_is_told_apart_by_where_its_records_point(first: int, tmp_path: Path) -> None:
    # Two objects in turns: each record but the last two points to the next but one.
    records = [(1, 7 + place % 2, 100, place + 2 + first if place < 6 else -1) for place in range(8)]
    assert found(write_oracle(tmp_path / "t", records)) == "oracle-general"


@pytest.mark.parametrize(
    "keys",
    [
        [5],
        [9, 5, 9, 7],
        range(6),
        range(200),
        range(100_000),
        [0] * 30_000,
        np.random.default_rng(1).integers(0, 100, 30_000).tolist(),
        np.random.default_rng(1).choice(np.random.default_rng(2).integers(0, 1 << 32, 9_000), 30_000).tolist(),
        np.sort(np.random.default_rng(1).integers(0, 1 << 32, 30_000)).tolist(),
    ],
    ids=["one", "four", "six", "small", "scan", "one key", "few keys", "hashes", "sorted"],
)
def test_32_bit_keys_are_told_apart_from_other_records(keys: list[int], tmp_path: Path) -> None:
    assert found(write_web12(tmp_path / "t", keys)) == "web12"


def test_the_name_decides_where_the_content_does_not(tmp_path: Path) -> None:
    # The start of a longer trace: its only next request is past the end, which is no sign of anything.
    assert found(write_oracle(tmp_path / "part.oracleGeneral", [(5, 70, 100, 9_000)])) == "oracle-general"
    assert found(write_oracle(tmp_path / "part", [(5, 70, 100, 9_000)])) == "web12"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04rest", "is a zip archive"),
        (b"BZh91AY&SY", "is compressed by bzip2"),
        (b"PAR1rest", "is a Parquet file"),
        (b"\x89PNG\r\n\x1a\n", "is a picture"),
        (b"just\nsome\nwords\n", "is text, but neither CSV with a column 'key'"),
        (b"url,size\na,1\n", "is text, but neither CSV with a column 'key'"),
        (b'{"key": "a"}\n', "is text, but neither CSV with a column 'key'"),
    ],
)
def test_a_trace_of_another_format_is_one_sentence(content: bytes, said: str, tmp_path: Path) -> None:
    file = tmp_path / "other"
    file.write_bytes(content)
    with pytest.raises(TraceError, match=said):
        found(file)


def test_numbers_of_which_none_comes_twice_are_taken_for_keys_only_when_told_so(tmp_path: Path) -> None:
    file = tmp_path / "noise"
    file.write_bytes(np.random.default_rng(1).bytes(40_000))
    with pytest.raises(TraceError, match=r"does not look like 32-bit keys.* name it with --trace-format"):
        found(file)
    with open_trace(file, trace_format="web12") as stream:
        assert sum(len(stretch.ranks) for stretch in stream.stretches()) == 10_000


def test_a_format_that_is_given_is_not_questioned(tmp_path: Path) -> None:
    with open_trace(write_oracle(tmp_path / "t", ORACLE_RECORDS), trace_format="web12") as stream:
        assert sum(len(stretch.ranks) for stretch in stream.stretches()) == 24
