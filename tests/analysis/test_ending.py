"""How a read ended is said in a sentence: by rule, at the cap, and how wide its intervals are in this report."""

from dataclasses import replace

import pytest

from analysis.ending import Ending, describe_ending
from analysis.reads import ReadResult
from analysis.results import Results
from analysis.self_test import StoppedBy


def ending(*, reached: bool, **half_width_ratio: float | None) -> Ending:
    return Ending(target_ratio=0.05, blocks=14, cap_blocks=32, reached=reached, half_width_ratio=half_width_ratio)


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (
            ending(reached=True, mean=0.04, p99=0.05),
            "Stopped by rule after 14 blocks: every interval is within 5 %.",
        ),
        (
            ending(reached=False, mean=0.04, p99=0.08),
            "The cap of 32 blocks was reached first; the interval of p99 is still 8 % wide.",
        ),
        (
            ending(reached=False, mean=0.06, p99=None),
            "The cap of 32 blocks was reached first; the interval of the mean is still 6 % wide and p99 has no "
            "interval yet.",
        ),
        (ending(reached=False, mean=0.04), "The cap of 32 blocks was reached first."),
        (
            ending(reached=True, mean=0.06),
            "Stopped by rule after 14 blocks: every interval was within 5 % by the generator's count; in this "
            "report the interval of the mean is still 6 % wide.",
        ),
    ],
)
def test_the_sentence(found: Ending, sentence: str) -> None:
    assert found.sentence == sentence


@pytest.fixture
def read(results: Results) -> ReadResult:
    return results.reads[0]


def test_the_widths_are_those_of_the_report(read: ReadResult) -> None:
    stopped = StoppedBy(rule="until", target_ratio=0.05, of=("mean", "p95"), blocks=8, cap_blocks=32, reached=True)
    found = describe_ending(replace(read, stopping=stopped))
    assert found is not None
    mean = read.speed_up.mean
    assert mean.high is not None
    assert mean.value is not None
    assert found.half_width_ratio["mean"] == pytest.approx(mean.high / mean.value - 1)
    assert list(found.half_width_ratio) == ["mean", "p95"]


def test_a_fixed_number_of_blocks_needs_no_sentence(read: ReadResult) -> None:
    fixed = StoppedBy(rule="fixed", target_ratio=None, of=(), blocks=8, cap_blocks=None, reached=None)
    assert describe_ending(replace(read, stopping=fixed)) is None
    assert describe_ending(replace(read, stopping=None)) is None
