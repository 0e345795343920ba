import pytest

from analysis.errors import PredictionError
from analysis.size.goal import parse_goal


@pytest.mark.parametrize(
    ("text", "quantity", "limit"),
    [
        ("hit_ratio>=0.9", "hit_ratio", 0.9),
        (" hit_ratio >= 90 % ", "hit_ratio", 0.9),
        ("hit_ratio>=.9", "hit_ratio", 0.9),
        ("hit_ratio>=100%", "hit_ratio", 1.0),
        ("p99<5ms", "p99", 0.005),
        ("mean<800us", "mean", 0.0008),
        ("db_rps<100", "db_rps", 100.0),
        ("cost<19.5", "cost", 19.5),
    ],
)
def test_a_goal_reads_as_it_is_written(text: str, quantity: str, limit: float) -> None:
    goal = parse_goal(text)
    assert (goal.quantity, goal.limit) == (quantity, pytest.approx(limit))
    assert goal.text == "".join(text.split())


@pytest.mark.parametrize(
    "text",
    [
        "", "nonsense", "hit_ratio>0.9", "hit_ratio<0.9", "hit_ratio>=-1", "hit_ratio>=90", "hit_ratio>=0",
        "hit_ratio>=101%", "p99<5", "p98<5ms", "p99>5ms", "db_rps>100", "db_rps<0", "db_rps<many", "cost<0",
        "cost<$5",
    ],
)  # fmt: skip
def test_what_is_no_goal_is_told_with_examples(text: str) -> None:
    with pytest.raises(PredictionError, match=r"hit_ratio>=0\.9") as raised:
        parse_goal(text)
    assert repr(text) in str(raised.value)


@pytest.mark.parametrize(
    ("text", "value", "met"),
    [
        ("hit_ratio>=0.9", 0.9, True),
        ("hit_ratio>=0.9", 0.899, False),
        ("db_rps<100", 100.0, False),
        ("p99<5ms", 0.0049, True),
        ("p99<5ms", None, False),
        ("p99<5ms", float("inf"), False),
    ],
)
def test_the_limit_itself_meets_a_hit_ratio_and_nothing_else(text: str, value: float | None, met: bool) -> None:
    assert parse_goal(text).met_by(value) is met
