"""A chart, rendered: the same figure for light and for dark pages."""

import base64
from collections.abc import Callable
from dataclasses import dataclass

from matplotlib.figure import Figure

from analysis.charts.style import DARK, LIGHT, Theme, to_png


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One chart as PNG, in both themes, with the words that stand in for it."""

    name: str
    description: str
    light: bytes
    dark: bytes

    @property
    def file(self) -> str:
        """Where the light one lies, from the run folder."""
        return f"charts/{self.name}.png"

    @property
    def light_uri(self) -> str:
        """The light one, for a page that loads nothing."""
        return _data_uri(self.light)

    @property
    def dark_uri(self) -> str:
        """The dark one, for a page that loads nothing."""
        return _data_uri(self.dark)


def render_chart(name: str, description: str, draw: Callable[[Theme], Figure]) -> Chart:
    """Draw a chart in both themes."""
    return Chart(name=name, description=description, light=to_png(draw(LIGHT)), dark=to_png(draw(DARK)))


def _data_uri(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")
