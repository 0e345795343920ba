"""Quantities that lie beyond what some blocks measured: what each block knows in, an estimate or a bound out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from analysis import format as fmt
from analysis.estimates import Estimate, over_blocks, unknown
from analysis.intervals import log_interval
from analysis.thresholds import CENSORED_RATIO


class Side(StrEnum):
    """Where the truth lies from a value: there, or at least so high, or lower than that."""

    EXACT = "exact"
    AT_LEAST = "at least"
    BELOW = "below"

    @property
    def opposite(self) -> "Side":
        """The side of one over such a quantity."""
        return _OPPOSITES[self]


_OPPOSITES = {Side.EXACT: Side.EXACT, Side.AT_LEAST: Side.BELOW, Side.BELOW: Side.AT_LEAST}


@dataclass(frozen=True, slots=True, kw_only=True)
class Censored:
    """What one block knows of a positive quantity."""

    value: float
    side: Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """What all blocks know: an estimate, or else a bound that every block keeps, or neither.

    Attributes:
        estimate: Its value is None where too many blocks are censored, and its note says why.
        at_least: Every block has at least this much; None where there is an estimate.
        below: Every block has less than this, or in a block that knows it just so much; None where there is an
            estimate.
    """

    estimate: Estimate
    at_least: float | None = None
    below: float | None = None

    @property
    def known(self) -> bool:
        """Whether there is anything to say."""
        return any(each is not None for each in (self.estimate.value, self.at_least, self.below))


def divide(numerator: Censored, denominator: Censored) -> Censored | None:
    """Return the ratio of two such quantities; None where they are censored to the same side."""
    sides = {numerator.side, denominator.side.opposite} - {Side.EXACT}
    if len(sides) == 2:
        return None
    side = next(iter(sides), Side.EXACT)
    return Censored(value=numerator.value / denominator.value, side=side)


def locate(
    blocks: Sequence[Censored | None],
    *,
    unit: str,
    count: int,
    lacking: str,
    say: Callable[[Censored], str],
) -> Located:
    """Estimate a positive quantity from what each block knows of it.

    A few censored blocks count with their bound, the nearest value that they do not rule out, and the note says
    so; the estimate is then a little too narrow and leans to the side that was measured. With more of them than
    ``CENSORED_RATIO`` there is only the bound that all blocks keep.

    Args:
        blocks: One a block; None where the block knows nothing.
        unit: Unit of the values.
        count: Requests behind them.
        lacking: What to say of a block that knows nothing.
        say: Writes what one censored block knows.

    References:
        Dixon, Simplified estimation from censored normal samples, Annals of Mathematical Statistics 31 (1960), for
        replacing what lies beyond by the nearest value seen.
    """
    known = [each for each in blocks if each is not None]
    censored = [each for each in known if each.side is not Side.EXACT]
    if not known:
        return Located(estimate=unknown(unit, lacking))
    if len(censored) > CENSORED_RATIO * len(known):
        return _bound(known, censored, unit, count, say)
    values = np.array([np.nan if each is None else each.value for each in blocks])
    remark = f"{_of_blocks(censored, known)} {_said(censored, say)}, and count as just that" if censored else None
    found = over_blocks(values, interval=log_interval, unit=unit, count=count, lacking=lacking, remark=remark)
    return Located(estimate=found)


def _bound(
    known: Sequence[Censored],
    censored: Sequence[Censored],
    unit: str,
    count: int,
    say: Callable[[Censored], str],
) -> Located:
    values, sides = [each.value for each in known], {each.side for each in censored}
    note = f"{_of_blocks(censored, known)} {_said(censored, say)}"
    none = Estimate(value=None, low=None, high=None, unit=unit, count=count, blocks=len(known), note=note)
    if sides == {Side.AT_LEAST}:
        return Located(estimate=none, at_least=min(values))
    return Located(estimate=none, below=max(values) if sides == {Side.BELOW} else None)


def _of_blocks(censored: Sequence[Censored], known: Sequence[Censored]) -> str:
    return f"{len(censored)} of {fmt.plural(len(known), 'block')}"


def _said(censored: Sequence[Censored], say: Callable[[Censored], str]) -> str:
    return fmt.listing(list(dict.fromkeys(say(each) for each in censored)))
