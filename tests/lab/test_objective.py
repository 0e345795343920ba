import pytest

from analysis.quantiles import samples_needed
from lab.experiments.objective import Objective, ObjectiveError, parse_objective


@pytest.mark.parametrize(
    ("text", "statistic", "limit_s"),
    [
        ("p99<20ms", "p99", 0.020),
        (" p95 < 1.5 s ", "p95", 1.5),
        ("mean<800us", "mean", 0.0008),
        ("p50<800µs", "p50", 0.0008),
    ],
)
def test_an_objective_reads_as_it_is_written(text: str, statistic: str, limit_s: float) -> None:
    objective = parse_objective(text)
    assert (objective.statistic, objective.limit_s) == (statistic, pytest.approx(limit_s))
    assert objective.text == "".join(text.split())


@pytest.mark.parametrize(
    "text", ["", "nonsense", "p99<20", "p99<0ms", "p99>20ms", "p98<20ms", "p99<-1ms", "p99<ms"]
)
def test_what_does_not_is_told_with_an_example(text: str) -> None:
    with pytest.raises(ObjectiveError, match="p99<20ms") as raised:
        parse_objective(text)
    assert repr(text) in str(raised.value)


@pytest.mark.parametrize(("p99", "kept"), [(0.0199, True), (0.020, False), (0.021, False), (None, False)], ids=str)
def test_below_the_limit_is_kept_and_a_failing_statistic_is_not(p99: float | None, kept: bool) -> None:
    assert parse_objective("p99<20ms").met_by({"mean": 0.001, "p99": p99}) is kept


@pytest.mark.parametrize(("statistic", "share"), [("p50", 0.50), ("p95", 0.95), ("p99", 0.99)])
def test_a_leg_has_more_requests_than_the_quantile_needs(statistic: str, share: float) -> None:
    # Arrivals are drawn: a leg has fewer than planned by three standard deviations once in a thousand.
    planned = Objective(text="", statistic=statistic, limit_s=1.0).samples
    assert planned - 2.5 * planned**0.5 > samples_needed(share)
