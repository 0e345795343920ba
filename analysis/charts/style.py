"""What all charts share: two themes, one colour for each population, axes that read without exponents."""

import io
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator
from PIL import Image

from analysis.blocks import CACHED, HIT, MISS, UNCACHED

DOTS_PER_INCH = 150
_PALETTE = 128
FONT_SIZE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """Colours of a chart; ``colours`` goes from population to colour."""

    name: str
    background: str
    ink: str
    muted: str
    grid: str
    shade: str
    colours: Mapping[str, str]


# Four colours that stay apart with every common colour-blindness, after Okabe and Ito (2008); on dark ground
# they are the same hues, lighter.
LIGHT = Theme(
    name="light",
    background="#ffffff",
    ink="#1b1f24",
    muted="#5b636d",
    grid="#e3e6ea",
    shade="#eef0f3",
    colours={HIT: "#009e73", MISS: "#b5478b", CACHED: "#d55e00", UNCACHED: "#0072b2"},
)
DARK = Theme(
    name="dark",
    background="#15191e",
    ink="#e7eaee",
    muted="#a3acb7",
    grid="#2c333b",
    shade="#20262d",
    colours={HIT: "#35c99c", MISS: "#e68fc3", CACHED: "#ff9447", UNCACHED: "#5bb4ea"},
)
THEMES = (LIGHT, DARK)

# Widest ratio of the ends of a logarithmic axis, and the ticks of a decade that fit into it.
_LOG_STEPS = ((10.0, (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)), (300.0, (1.0, 2.0, 5.0)))

NAMES = {HIT: "hit", MISS: "miss", CACHED: "with the cache", UNCACHED: "without the cache"}


def new_figure(theme: Theme, *, width: float = 8.0, height: float = 4.5) -> Figure:
    """Return an empty figure in a theme; sizes in inches."""
    figure = Figure(figsize=(width, height), dpi=DOTS_PER_INCH, facecolor=theme.background, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def style_axes(axes: Axes, theme: Theme, *, title: str, x: str, y: str) -> None:
    """Give axes their colours, grid, title and labels, which name their units."""
    axes.set_facecolor(theme.background)
    axes.set_title(title, color=theme.ink, fontsize=FONT_SIZE + 1.5, loc="left", pad=10)
    axes.set_xlabel(x, color=theme.ink, fontsize=FONT_SIZE)
    axes.set_ylabel(y, color=theme.ink, fontsize=FONT_SIZE)
    axes.tick_params(colors=theme.muted, labelsize=FONT_SIZE - 1, which="both", length=0)
    axes.grid(visible=True, color=theme.grid, linewidth=0.8)
    axes.set_axisbelow(True)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(theme.muted)


def log_ticks(axes: Axes, which: str) -> None:
    """Put ticks within the decades where few of them are shown, and write them out: 0.1, 1, 10."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    low, high = axes.get_xlim() if which == "x" else axes.get_ylim()
    steps = next((steps for reach, steps in _LOG_STEPS if high / low < reach), (1.0,))
    axis.set_major_locator(LogLocator(base=10, subs=steps, numticks=50))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
    axis.set_minor_formatter(NullFormatter())


def style_legend(figure: Figure, axes: Axes, theme: Theme) -> None:
    """Put the legend of these axes below the figure, where no line can run through it."""
    handles, names = axes.get_legend_handles_labels()
    figure.legend(
        handles,
        names,
        loc="outside lower center",
        ncols=len(names),
        labelcolor=theme.ink,
        fontsize=FONT_SIZE - 1,
        frameon=False,
    )


def say_nothing_to_show(theme: Theme, reason: str) -> Figure:
    """Return a strip with the reason, where a chart without a mark would say nothing."""
    figure = new_figure(theme, height=0.8)
    figure.text(0.5, 0.5, reason, color=theme.muted, fontsize=FONT_SIZE + 1, ha="center", va="center")
    return figure


def to_png(figure: Figure) -> bytes:
    """Render a figure in a palette, which a chart needs no more than and which makes it a third the size."""
    figure.canvas.draw()
    pixels = np.asarray(figure.canvas.buffer_rgba())  # type: ignore[attr-defined]
    image = Image.fromarray(pixels).convert("RGB").quantize(_PALETTE, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    image.save(buffer, format="png", optimize=True, dpi=(DOTS_PER_INCH, DOTS_PER_INCH))
    return buffer.getvalue()
