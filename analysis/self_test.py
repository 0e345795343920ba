"""What ``run.json`` says of how the lab tested itself: calibration, A/A repetitions, the rule it stopped by."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

UNTIL = "until"

Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationPlan:
    """How the lab was set against a server that answers at once."""

    rate_rps: float
    blocks: int
    connections: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AaPlan:
    """How one arm was set against itself: ``repetitions`` comparisons of ``blocks`` blocks each."""

    operation: str
    route: str
    treatment: str
    repetitions: int
    blocks: int
    offered_rate_rps: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoppedBy:
    """Why a read had no more blocks than it had.

    Attributes:
        rule: ``until`` its intervals were narrow, or ``fixed``.
        target_ratio: Half-width asked for, as a share of the estimate; None under a fixed number.
        of: Statistics whose speed-up was to be that narrow.
        blocks: Blocks measured.
        cap_blocks: Blocks after which it would have ended in any case.
        reached: Whether the intervals were narrow enough at the end.
    """

    rule: str
    target_ratio: float | None
    of: tuple[str, ...]
    blocks: int
    cap_blocks: int | None
    reached: bool | None


def parse_calibration(entry: Entry | None) -> CalibrationPlan | None:
    """Read the key ``calibration``."""
    if entry is None:
        return None
    return CalibrationPlan(
        rate_rps=float(entry["rate_rps"]), blocks=int(entry["blocks"]), connections=entry.get("connections")
    )


def parse_aa(entry: Entry | None) -> AaPlan | None:
    """Read the key ``aa``."""
    if entry is None:
        return None
    return AaPlan(
        operation=str(entry["operation"]),
        route=str(entry["route"]),
        treatment=str(entry["treatment"]),
        repetitions=int(entry["repetitions"]),
        blocks=int(entry["blocks"]),
        offered_rate_rps=entry.get("offered_rate_rps"),
    )


def parse_stopped_by(entry: Entry | None) -> StoppedBy | None:
    """Read the key ``stopping`` of a read."""
    if entry is None:
        return None
    return StoppedBy(
        rule=str(entry["rule"]),
        target_ratio=entry.get("target_ratio"),
        of=tuple(str(each) for each in entry.get("of") or ()),
        blocks=int(entry["blocks"]),
        cap_blocks=entry.get("cap_blocks"),
        reached=entry.get("reached"),
    )
