"""How each rate of writes is drawn: one colour and one mark, the same in every chart of a run."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle

from analysis.blocks import CACHED, HIT, MISS, UNCACHED
from analysis.charts.style import Theme

_COLOURS = (CACHED, UNCACHED, HIT, MISS)
_MARKERS = ("o", "s", "^", "D")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A colour, a mark, and a name."""

    colour: str
    marker: str
    name: str


def looks_of(rates_rps: Sequence[float], theme: Theme) -> dict[float, Look]:
    """Return how each rate of writes is drawn, from the lowest; without writes it is grey."""
    rates = sorted(set(rates_rps))
    written = [rate_rps for rate_rps in rates if rate_rps]
    looks = {
        rate_rps: Look(colour=theme.colours[colour], marker=marker, name=f"{rate_rps:.3g}/s written")
        for rate_rps, colour, marker in zip(written, cycle(_COLOURS), cycle(_MARKERS), strict=False)
    }
    return looks | {rate: Look(colour=theme.muted, marker="v", name="no writes") for rate in rates if not rate}
