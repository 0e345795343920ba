from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from analysis import format as fmt
from analysis.calibration import Calibration, measure_calibration
from analysis.page.waterfall import WaterfallPart, compose_waterfall
from analysis.parts import PART_NAMES, Part
from analysis.results import Results
from analysis.run import Run, read_run
from analysis.waterfall import measure_waterfall
from tests.analysis.synthetic_self_test import add_calibration, write_bare_run


def composed(results: Results, operation: str, calibration: Calibration | None = None) -> WaterfallPart:
    part = compose_waterfall(operation, results.waterfalls[operation], calibration)
    assert part is not None
    return part


def of_changed(run: Run, **columns: object) -> WaterfallPart:
    measured = run.measured
    samples = measured[measured["operation"] == "user"].assign(**columns)
    part = compose_waterfall("user", measure_waterfall(samples), None)
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


def test_a_calibrated_machine_says_what_a_bare_round_trip_takes(results: Results, tmp_path: Path) -> None:
    assert not any("answers at once" in sentence for sentence in composed(results, "user").sentences)
    calibration = measure_calibration(read_run(add_calibration(write_bare_run(tmp_path / "run", "calibrate"))))
    assert calibration is not None
    said = composed(results, "user", calibration).sentences[-1]
    floor = fmt.duration(calibration.floor_p50_s.value)
    assert said.startswith(f"A round trip to a server that answers at once takes {floor} here (p50): so much of")
    unknown = replace(calibration.floor_p50_s, value=None, low=None, high=None)
    assert composed(results, "user", replace(calibration, floor_p50_s=unknown)) == composed(results, "user")


def test_a_read_without_answers_has_no_part() -> None:
    assert compose_waterfall("user", None, None) is None
