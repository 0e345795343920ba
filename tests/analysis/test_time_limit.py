import pytest

from analysis.time_limit import parse_time_limit


@pytest.mark.parametrize(
    ("text", "statistic", "limit_s"),
    [
        ("p99<20ms", "p99", 0.02),
        (" p95 < 1.5 s ", "p95", 1.5),
        ("mean<800us", "mean", 8e-4),
        ("p50<8µs", "p50", 8e-6),
    ],
)
def test_a_limit_reads_as_it_is_written(text: str, statistic: str, limit_s: float) -> None:
    limit = parse_time_limit(text)
    assert limit is not None
    assert (limit.statistic, limit.limit_s) == (statistic, pytest.approx(limit_s))


@pytest.mark.parametrize("text", ["", "p99<20", "p99<0ms", "p99>20ms", "p98<20ms", "p99<-1ms", "p99<ms"])
def test_what_is_no_limit_is_none(text: str) -> None:
    assert parse_time_limit(text) is None
