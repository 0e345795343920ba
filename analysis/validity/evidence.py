"""What a check is given: a leg with all that was measured during it, or a read with all that was found of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pandas as pd

from analysis.blocks import BlockFigures, BlockTable
from analysis.cautions import Caution, State
from analysis.counters import HostCounters, PostgresqlCounters, RedisCounters
from analysis.legs import Leg
from analysis.manifest import Read
from analysis.reads import ReadResult
from analysis.run import Run

OWN_STACKS = ("embedded", "compose")
"""Kinds of stack whose every part is the lab's, so that it knows what they may do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegEvidence:
    """One arm's turn in one block: the plan of its read, its samples, its figures, its counters."""

    run: Run
    read: Read
    leg: Leg
    samples: pd.DataFrame
    figures: BlockFigures | None

    @property
    def redis(self) -> RedisCounters | None:
        """What Redis counted."""
        return None if self.leg.counters is None else self.leg.counters.redis

    @property
    def postgresql(self) -> PostgresqlCounters | None:
        """What PostgreSQL counted."""
        return None if self.leg.counters is None else self.leg.counters.postgresql

    @property
    def host(self) -> HostCounters | None:
        """What the machine counted."""
        return None if self.leg.counters is None else self.leg.counters.host

    @property
    def own_stack(self) -> bool:
        """Whether the lab knows every part of the stack."""
        return self.run.manifest.stack_kind in OWN_STACKS

    def doubt(
        self,
        code: str,
        clause: str,
        advice: str,
        *,
        figure: float | None = None,
        threshold: float | None = None,
        severity: State = State.DOUBTFUL,
    ) -> Caution:
        """Return a caution about this leg's block; ``clause`` is its sentence without place and full stop."""
        return Caution(
            code=code,
            severity=severity,
            sentence=f"{place(self.leg.block, self.leg.arm)}{clause}.",
            advice=advice,
            figure=figure,
            threshold=threshold,
            operation=self.leg.operation,
            block=self.leg.block,
            arm=self.leg.arm,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All there is about one read: what was asked, its measured samples, its blocks and its estimates."""

    run: Run
    read: Read
    samples: pd.DataFrame
    table: BlockTable
    result: ReadResult

    @property
    def operation(self) -> str:
        """The read in question."""
        return self.read.operation

    @property
    def rows(self) -> list[BlockFigures]:
        """Its block figures."""
        return [row for row in self.table.rows if row.operation == self.operation]

    def caution(
        self,
        code: str,
        severity: State,
        sentence: str,
        advice: str,
        *,
        figure: float | None = None,
        threshold: float | None = None,
        arm: str | None = None,
    ) -> Caution:
        """Return a caution about this read."""
        return Caution(
            code=code,
            severity=severity,
            sentence=sentence,
            advice=advice,
            figure=figure,
            threshold=threshold,
            operation=self.operation,
            arm=arm,
        )


LegCheck = Callable[[LegEvidence], Iterator[Caution]]
ReadCheck = Callable[[Evidence], Iterator[Caution]]
RunCheck = Callable[[Run], Iterator[Caution]]


def place(block: int | None, arm: str | None) -> str:
    """Return where a caution was found, as the beginning of its sentence."""
    return f"Block {block}, {arm} arm: "
