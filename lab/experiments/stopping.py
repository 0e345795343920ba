"""How many blocks a read gets: a fixed number, or until its intervals are as narrow as asked.

The rule itself is `analysis.stopping`; here it is fed with what the generator says of each block.
"""

import math
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from analysis.thresholds import SEQUENTIAL_BLOCKS
from lab.experiments.profile import Profile
from lab.generator import LegSummary

CAP_FACTOR = 4

SHARES = {"p50": 0.50, "p95": 0.95, "p99": 0.99}


@dataclass(frozen=True, slots=True, kw_only=True)
class UntilNarrow:
    """What was asked for with `--until`.

    Attributes:
        target_ratio: half-width to reach, as a share of the speed-up.
        of: statistics whose speed-up is to be that narrow.
        minimum_blocks: blocks that are measured in any case.
        cap_blocks: blocks after which a read ends, narrow or not.
    """

    target_ratio: float
    of: tuple[str, ...]
    minimum_blocks: int
    cap_blocks: int


class Blocks(Protocol):
    """The blocks of one read, counted as they are measured."""

    @property
    def done(self) -> bool:
        """Return whether the block noted last was the last."""

    def note(self, cached: LegSummary, uncached: LegSummary) -> None:
        """Take in what both arms of a block were like."""

    def progress(self) -> str:
        """Return which block comes next, of how many."""

    def to_json(self) -> dict[str, Any]:
        """Return the key `stopping` of the read in run.json."""


class FixedBlocks:
    """As many blocks as the profile says."""

    def __init__(self, blocks: int) -> None:
        self._blocks = blocks
        self._measured = 0

    @property
    def done(self) -> bool:
        return self._measured >= self._blocks

    def note(self, cached: LegSummary, uncached: LegSummary) -> None:
        self._measured += 1

    def progress(self) -> str:
        return f"block {self._measured + 1} of {self._blocks}"

    def to_json(self) -> dict[str, Any]:
        return {
            "rule": "fixed",
            "target_ratio": None,
            "of": [],
            "blocks": self._measured,
            "cap_blocks": None,
            "reached": None,
        }


class BlocksUntilNarrow:
    """Blocks until every interval asked for is narrow enough, or the cap is reached."""

    def __init__(self, asked: UntilNarrow) -> None:
        # SciPy takes a second to load, which only who asks for the rule should wait for.
        from analysis.quantiles import samples_needed  # noqa: PLC0415
        from analysis.stopping import StoppingRule  # noqa: PLC0415

        self._needed = {statistic: samples_needed(share) for statistic, share in SHARES.items()}
        self._asked = asked
        self._rule = StoppingRule(
            target_ratio=asked.target_ratio, minimum_blocks=asked.minimum_blocks, cap_blocks=asked.cap_blocks
        )
        self._speed_ups: list[list[float]] = [[] for _ in asked.of]

    @property
    def done(self) -> bool:
        return self._measured > 0 and self._rule.stops(self._columns())

    def note(self, cached: LegSummary, uncached: LegSummary) -> None:
        for statistic, speed_ups in zip(self._asked.of, self._speed_ups, strict=True):
            times_s = [self._time_s(summary, statistic) for summary in (uncached, cached)]
            speed_ups.append(times_s[0] / times_s[1])

    def progress(self) -> str:
        return f"block {self._measured + 1} of at most {self._asked.cap_blocks}"

    def to_json(self) -> dict[str, Any]:
        return {
            "rule": "until",
            "target_ratio": self._asked.target_ratio,
            "of": list(self._asked.of),
            "blocks": self._measured,
            "cap_blocks": self._asked.cap_blocks,
            "reached": self._rule.reached(self._columns()),
        }

    @property
    def _measured(self) -> int:
        return len(self._speed_ups[0])

    def _columns(self) -> list["np.ndarray[Any, np.dtype[np.float64]]"]:
        return [np.array(speed_ups, dtype=np.float64) for speed_ups in self._speed_ups]

    def _time_s(self, summary: LegSummary, statistic: str) -> float:
        """Return a statistic of an arm's turn in seconds; NaN where the report would refuse it."""
        time_s = summary.response_s[statistic]
        enough = summary.requests >= self._needed.get(statistic, 1)
        return time_s if enough and time_s else math.nan


def blocks_of(profile: Profile, asked: UntilNarrow | None) -> Blocks:
    """Return the count of blocks for one read."""
    return FixedBlocks(profile.blocks) if asked is None else BlocksUntilNarrow(asked)


def until_narrow(
    profile: Profile, target_ratio: float, of: tuple[str, ...], cap_blocks: int | None
) -> UntilNarrow:
    """Return the rule for a profile; by default it may take four times the profile's blocks.

    Raises:
        ValueError: the cap lies below the blocks that are measured in any case.
    """
    minimum = max(profile.blocks, SEQUENTIAL_BLOCKS)
    cap = max(CAP_FACTOR * profile.blocks, minimum) if cap_blocks is None else cap_blocks
    if cap < minimum:
        raise ValueError(f"{cap} is below the {minimum} blocks that are measured in any case")
    return UntilNarrow(target_ratio=target_ratio, of=of, minimum_blocks=minimum, cap_blocks=cap)
