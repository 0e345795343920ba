"""Whole blocks and single lines of text are read alike."""

from collections.abc import Sequence

import numpy as np
import pytest

from loadtests.traces.csv_columns import CsvColumns
from loadtests.traces.layout import TWITTER, Layout
from loadtests.traces.records import Records
from loadtests.traces.text import _from_lines
from loadtests.traces.text_block import parse_block
from loadtests.traces.text_line import BadLineError, parse_line

CSV = CsvColumns().layout(b"operation,ttl,key,size,timestamp,more", "t")


def line_by_line(lines: Sequence[bytes], layout: Layout) -> Records:
    return _from_lines([parse_line(line, layout) for line in lines])


@pytest.mark.parametrize(
    ("layout", "lines"),
    [
        (TWITTER, [b"1,a,1,5,3,get,0", b"1,b:\xff\xfe,3,5,3,SET,60", b"2,a,1,0,3,decr,0"]),
        (TWITTER, [b'1,"a,1,5,3,get,0', b'2,"b",3,5,"3,add,7']),
        (CSV, [b"get,,a,5,1.5,x", b"PUT,0.5,b,6,1e3,", b"delete,0,a,7,-2,y"]),
        (CSV, [b'get,,"a,b",5,1.5,x', b'get,,"say ""c""",5,"2",', b'get,,"a,b",5,3,']),
        (CSV, [b"get, 5 ,a, 5 , 1.5 ,x", b"get,,a,0x1F,1.5,x", b"get,,a,007,1.5,x"]),
        (CSV, [b'get,,k"x,5,3,x', b'get,,"k"x,5,3,x']),
        (CSV, [b"get,,\xc3\xa9,9223372036854775807,1,x"]),
    ],
)
def test_a_block_says_what_its_lines_say(layout: Layout, lines: list[bytes]) -> None:
    block = parse_block(b"".join(line + b"\n" for line in lines), layout)
    assert block is not None
    single = line_by_line(lines, layout)
    assert block.distinct == single.distinct
    assert block.codes.tolist() == single.codes.tolist()
    for name, column in block.columns().items():
        np.testing.assert_array_equal(column, single.columns()[name])
        assert column is None or column.dtype == single.columns()[name].dtype  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"get,,a,5,1.5",
        b"get,,a,5,1.5,x,y",
        b"get,,,5,1.5,x",
        b"get,,a,,1.5,x",
        b"get,,a,-1,1.5,x",
        b"get,,a,5.5,1.5,x",
        b"get,,a,1_0,1.5,x",
        b"get,,a,9223372036854775808,1.5,x",
        b"get,,a,5,,x",
        b"get,,a,5,inf,x",
        b"get,,a,5,nan,x",
        b"get,,a,5,soon,x",
        b"peek,,a,5,1.5,x",
        b",,a,5,1.5,x",
        b"get,-1,a,5,1.5,x",
        b"get,inf,a,5,1.5,x",
        b"get,nan,a,5,1.5,x",
        b'get,,"a,5,1.5,x',
    ],
)
def test_a_block_with_a_bad_line_gets_a_closer_look(line: bytes) -> None:
    with pytest.raises(BadLineError):
        parse_line(line, CSV)
    good = b"get,,a,5,1.5,x\n"
    assert parse_block(good + line + b"\n" + good, CSV) is None
    assert parse_block(good + good, CSV) is not None


def test_a_lone_carriage_return_is_no_end_of_a_line() -> None:
    assert parse_block(b"get,,a,5,1.5,x\rget,,a,5,1.5,x\n\n", CSV) is None
