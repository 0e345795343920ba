"""How the blocks of a read ended, where a rule had been declared: what it asked for, and what was found."""

from collections.abc import Mapping
from dataclasses import dataclass

from analysis import format as fmt
from analysis.estimates import Estimate
from analysis.reads import ReadResult
from analysis.self_test import UNTIL


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """Why a read has no more blocks than it has.

    Attributes:
        target_ratio: Half-width asked for, as a share of the speed-up.
        blocks: Blocks measured.
        cap_blocks: Blocks after which it would have ended in any case.
        reached: Whether the rule found every interval narrow enough.
        half_width_ratio: From statistic asked for to the half-width in this report; None where it has no interval.
    """

    target_ratio: float
    blocks: int
    cap_blocks: int
    reached: bool
    half_width_ratio: Mapping[str, float | None]

    @property
    def sentence(self) -> str:
        """What it comes to."""
        wide = [_width(name, ratio) for name, ratio in self.half_width_ratio.items() if not self._narrow(ratio)]
        target = fmt.share(self.target_ratio)
        if not self.reached:
            still = f"; {fmt.listing(wide)}" if wide else ""
            return f"The cap of {self.cap_blocks} blocks was reached first{still}."
        stopped = f"Stopped by rule after {self.blocks} blocks: every interval"
        if not wide:
            return f"{stopped} is within {target}."
        # The rule hears the generator, block by block; the report has all samples, and leaves spoilt blocks out.
        return f"{stopped} was within {target} by the generator's count; in this report {fmt.listing(wide)}."

    def _narrow(self, ratio: float | None) -> bool:
        return ratio is not None and ratio <= self.target_ratio


def describe_ending(read: ReadResult) -> Ending | None:
    """Return how a read ended; None where its blocks were counted out beforehand."""
    stopped = read.stopping
    if stopped is None or stopped.rule != UNTIL or stopped.target_ratio is None or stopped.cap_blocks is None:
        return None
    return Ending(
        target_ratio=stopped.target_ratio,
        blocks=stopped.blocks,
        cap_blocks=stopped.cap_blocks,
        reached=bool(stopped.reached),
        half_width_ratio={name: _half_width(getattr(read.speed_up, name)) for name in stopped.of},
    )


def _half_width(estimate: Estimate) -> float | None:
    """Return by how much the interval's upper end exceeds the estimate, as :mod:`analysis.stopping` has it."""
    return None if not estimate.value or estimate.high is None else estimate.high / estimate.value - 1


def _width(statistic: str, ratio: float | None) -> str:
    name = fmt.statistic(statistic)
    if ratio is None:
        return f"{name} has no interval yet"
    return f"the interval of {'the mean' if statistic == 'mean' else name} is still {fmt.share(ratio)} wide"
