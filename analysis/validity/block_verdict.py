"""What one block of one read is worth, and why."""

from collections.abc import Iterable
from dataclasses import dataclass

from analysis.cautions import Caution, State, worst


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockVerdict:
    """A block with its cautions, each in full."""

    operation: str
    block: int
    cautions: tuple[Caution, ...]

    @property
    def state(self) -> State:
        """What the block is worth."""
        return worst(self.cautions)

    @property
    def reasons(self) -> tuple[str, ...]:
        """The codes of its cautions, each once."""
        return tuple(dict.fromkeys(caution.code for caution in self.cautions))

    @property
    def left_out(self) -> bool:
        """Whether it has no part in the estimates: what is invalid without a block takes the whole run instead."""
        return any(each.severity is State.INVALID and each.block is not None for each in self.cautions)


def left_out(verdicts: Iterable[BlockVerdict]) -> frozenset[tuple[str, int]]:
    """Return the blocks that have no part in the estimates, each as its read's operation and its number."""
    return frozenset((each.operation, each.block) for each in verdicts if each.left_out)
