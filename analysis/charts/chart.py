"""A chart: what it shows, the data it is drawn from, and, rendered, the same figure for light and dark pages."""

import base64
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from analysis.charts.style import DARK, LIGHT, Theme, to_png

SCHEMA = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One chart, not drawn yet.

    Attributes:
        name: Of its files.
        description: The words that stand in for it.
        data: The frame that it is drawn from, units in the names of the columns; kept beside the picture.
        draw: Draws it in a theme.
    """

    name: str
    description: str
    data: pd.DataFrame
    draw: Callable[[Theme], Figure]

    @property
    def file(self) -> str:
        """Where the light one lies, from the run folder."""
        return f"charts/{self.name}.png"

    @property
    def data_file(self) -> str:
        """Where its data lie, from the run folder."""
        return f"charts/{self.name}.json"

    def to_json(self) -> dict[str, Any]:
        """Return its data: from column to values, row by row; what is no finite number is None."""
        columns = {str(name): [_plain(value) for value in self.data[name].tolist()] for name in self.data.columns}
        return {"schema": SCHEMA, "chart": self.name, "description": self.description, "columns": columns}

    def data_text(self) -> str:
        """Return what its data file holds: JSON, a line a column."""
        entry = self.to_json()
        columns = ",\n".join(
            f"  {_dumps(name)}: {_dumps(values)}" for name, values in entry.pop("columns").items()
        )
        head = "".join(f" {_dumps(name)}: {_dumps(value)},\n" for name, value in entry.items())
        return f'{{\n{head} "columns": {{\n{columns}\n }}\n}}\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedChart:
    """A chart as PNG, in both themes, with what the templates say of it."""

    file: str
    description: str
    light: bytes
    dark: bytes

    @property
    def light_uri(self) -> str:
        """The light one, for a page that loads nothing."""
        return _data_uri(self.light)

    @property
    def dark_uri(self) -> str:
        """The dark one, for a page that loads nothing."""
        return _data_uri(self.dark)


def render_chart(chart: Chart) -> RenderedChart:
    """Draw a chart in both themes."""
    return RenderedChart(
        file=chart.file,
        description=chart.description,
        light=to_png(chart.draw(LIGHT)),
        dark=to_png(chart.draw(DARK)),
    )


def leave_blank(chart: Chart) -> RenderedChart:
    """Return a chart without its pictures, for a text in which they do not matter."""
    return RenderedChart(file=chart.file, description=chart.description, light=b"", dark=b"")


def _data_uri(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _plain(value: Any) -> Any:
    return None if pd.isna(value) or (isinstance(value, float) and not math.isfinite(value)) else value
