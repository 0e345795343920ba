from dataclasses import replace

import pandas as pd
import pytest

from analysis.estimates import Estimate
from analysis.page.waterfall import WaterfallPart, compose_waterfall
from analysis.parts import PART_NAMES, Part
from analysis.results import Results
from analysis.run import Run
from analysis.waterfall import measure_waterfall

ROUND_TRIP = Estimate(value=40e-6, low=39e-6, high=41e-6, unit="s", count=6_000, blocks=6)


def composed(results: Results, operation: str, bare: Estimate | None = None) -> WaterfallPart:
    part = compose_waterfall(operation, results.waterfalls[operation], bare)
    assert part is not None
    return part


def of_changed(run: Run, **columns: object) -> WaterfallPart:
    measured = run.measured
    samples = measured[measured["operation"] == "user"].assign(**columns)
    part = compose_waterfall("user", measure_waterfall(samples))
    assert part is not None
    return part


def test_it_says_what_most_of_the_time_is_and_what_makes_the_slow_ones_slow(results: Results) -> None:
    usual, slow = composed(results, "similar").sentences
    assert usual.startswith("On average a hit takes 7")
    assert (
        "an answer without the cache takes 14.9 ms, above all PostgreSQL (35 %) and rest of the service (28 %)."
        in usual
    )
    assert slow.startswith("The slowest 1 % of hits take 1.")
    assert slow.count("that they take longer") == 2


def test_a_part_that_a_population_has_not_is_a_dash(results: Results) -> None:
    table = composed(results, "user").everyone
    assert table.head == ("part", "hit", "miss", "without the cache")
    rows = {row[0]: row[1:] for row in table.rows}
    assert list(rows) == [
        *(PART_NAMES[part] for part in Part if part not in (Part.CONNECT, Part.NETWORK, Part.UNTOLD)),
        "response time",
        "answers",
    ]
    assert (rows["PostgreSQL"][0], rows["Redis"][2]) == ("–", "–")
    assert all("µs" in cell and "–" in cell for cell in rows["response time"])


def test_a_slowest_hundredth_without_interval_says_why(results: Results) -> None:
    slowest = composed(results, "similar").slowest
    assert slowest.notes[0] == "[1] all blocks together, for want of samples: no interval"
    assert slowest.rows[-2][1].endswith("[1]")


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"app_started_ns": pd.NA}, "does not say when its work began"),
        ({"app_started_ns": 5}, "does not fit the generator's, as on another machine"),
        ({"app_ns": pd.NA}, "that is not told apart"),
    ],
)
def test_what_is_not_told_apart_is_said(run: Run, columns: dict[str, object], sentence: str) -> None:
    part = of_changed(
        run,
        **{
            name: pd.array([value] * len(run.measured[run.measured["operation"] == "user"]), "Int64")
            for name, value in columns.items()
        },
    )
    assert sentence in part.sentences[-1]
    assert any("not told apart" in row[0] for row in part.everyone.rows)


def test_a_calibrated_machine_says_what_a_bare_round_trip_takes(results: Results) -> None:
    assert not any("answers at once" in sentence for sentence in composed(results, "user").sentences)
    said = composed(results, "user", ROUND_TRIP).sentences[-1]
    assert said.startswith("To a server that answers at once the generator's round trip takes 40.0 µs: so much of")
    unknown = replace(ROUND_TRIP, value=None, low=None, high=None)
    assert composed(results, "user", unknown) == composed(results, "user")


def test_a_read_without_answers_has_no_part() -> None:
    assert compose_waterfall("user", None) is None
