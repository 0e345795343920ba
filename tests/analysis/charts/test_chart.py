"""A chart's data are kept as what it was drawn from."""

import json

import numpy as np
import pandas as pd

from analysis.charts.chart import Chart
from analysis.charts.style import new_figure


def chart(frame: pd.DataFrame) -> Chart:
    return Chart(name="speedup", description="Speed-up", data=frame, draw=new_figure)


def test_data_are_columns_of_plain_values_and_what_is_not_finite_is_null() -> None:
    frame = pd.DataFrame(
        {
            "route": pd.Categorical(["GET /a", "GET /ü"]),
            "value_s": [np.inf, 0.25],
            "low_s": [np.nan, 0.125],
            "count": np.array([3, 4], dtype=np.int32),
            "block": pd.array([1, None], dtype="Int64"),
        }
    )
    assert json.loads(chart(frame).data_text()) == {
        "schema": 1,
        "chart": "speedup",
        "description": "Speed-up",
        "columns": {
            "route": ["GET /a", "GET /ü"],
            "value_s": [None, 0.25],
            "low_s": [None, 0.125],
            "count": [3, 4],
            "block": [1, None],
        },
    }


def test_floats_come_back_to_the_last_digit() -> None:
    values = np.random.default_rng(1).random(100)
    entry = json.loads(chart(pd.DataFrame({"value_s": values})).data_text())
    assert entry["columns"]["value_s"] == values.tolist()


def test_an_empty_frame_keeps_its_columns() -> None:
    frame = pd.DataFrame(columns=["route", "value_s"])
    assert json.loads(chart(frame).data_text())["columns"] == {"route": [], "value_s": []}
