"""Whether a setting held: its run on the live stack, judged by the goals that it was chosen for."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis.errors import RunError
from analysis.quantiles import quantile
from analysis.run import SIZING, Run, read_run
from analysis.size.goal import Goal, Quantity
from analysis.size.outlook import Outlook
from analysis.sizing import SizingPoint, measure_sizing
from analysis.time_limit import QUANTILES
from analysis.validity import left_out
from analysis.validity.sizing import judge_sizing_legs

MOST_UNANSWERED_RATIO = 0.001
"""More would be another traffic: what is dropped neither hits nor fills."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalHeld:
    """One goal, and what was predicted and measured of it; None where that is unknown, which does not meet it."""

    goal: Goal
    predicted: float | None
    measured: float | None

    @property
    def held(self) -> bool:
        """Whether the measured value meets the goal."""
        return self.goal.met_by(self.measured)


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """What the run found.

    Attributes:
        goals: Each with its two values.
        predicted: The hit ratio of the answer.
        measured: The server's hit ratio, as clients and witnesses counted it.
        as_sent: Of a replay of the very requests that were sent, with as many entries as the server held.
        entries_planned: Of the answer.
        entries_held: Mean over the legs.
        maxmemory_bytes: As it was set in the run; None where the cache never filled enough to set one.
        rate_rps: Requests a second, as they were sent.
        requests: That were measured.
        unanswered: Of those, how many got no good answer, and neither hit nor missed.
        repeated_misses_ratio: Look-ups that missed a key which another request was just then fetching, as a share
            of all: a busy service has them, and a replay, which answers at once, does not.
    """

    goals: tuple[GoalHeld, ...]
    predicted: float
    measured: float | None
    as_sent: float | None
    entries_planned: int
    entries_held: float
    maxmemory_bytes: int | None
    rate_rps: float
    requests: int
    unanswered: int
    repeated_misses_ratio: float

    @property
    def overloaded(self) -> bool:
        """Whether so many got no answer that the traffic was not the one that was asked for."""
        return self.unanswered > MOST_UNANSWERED_RATIO * self.requests

    @property
    def held(self) -> bool:
        """Whether every goal was met, by the traffic that was asked for."""
        return all(each.held for each in self.goals) and not self.overloaded


def confirm(folder: Path, goals: Sequence[Goal], outlook: Outlook, *, predicted: float) -> Confirmation:
    """Judge the one point of a sizing run, by those of its legs that are valid.

    Raises:
        RunError: the folder is no such run.
    """
    run = read_run(folder)
    invalid = left_out(judge_sizing_legs(run))
    points = [point for found in measure_sizing(run, invalid) for point in found.points]
    if len(points) != 1:
        raise RunError(f"{folder} measured {len(points)} sizes of a cache, where one was asked for; measure again")
    (point,) = points
    run = run.without(invalid)
    return Confirmation(
        goals=tuple(
            GoalHeld(
                goal=goal,
                predicted=outlook.value(goal.quantity, predicted),
                measured=_measured(run, point, outlook, goal.quantity),
            )
            for goal in goals
        ),
        predicted=predicted,
        measured=point.measured.value,
        as_sent=point.forecast.predicted if point.forecast.replayed is None else point.forecast.replayed,
        entries_planned=point.entries_planned,
        entries_held=point.entries_held,
        maxmemory_bytes=point.maxmemory_bytes,
        rate_rps=point.rate_rps,
        requests=point.requests,
        unanswered=int(run.in_blocks(SIZING)["failed"].sum()),
        repeated_misses_ratio=point.repeated_misses_ratio,
    )


def _measured(run: Run, point: SizingPoint, outlook: Outlook, quantity: Quantity) -> float | None:
    if quantity == "hit_ratio":
        return point.measured.value
    if quantity == "db_rps":
        return point.database_rps.value
    if quantity == "cost":
        known = point.measured.value is not None and point.maxmemory_bytes is not None
        return outlook.money(point.measured.value or 0.0, point.maxmemory_bytes or 0) if known else None
    return _time_s(run, quantity)


def _time_s(run: Run, statistic: str) -> float | None:
    """Return a statistic over all measured requests; a failure ranks as infinite, and is unknown in a mean."""
    times_s = np.sort(run.in_blocks(SIZING)["response_s"].to_numpy())
    found = float(np.mean(times_s)) if statistic == "mean" else quantile(times_s, QUANTILES[statistic])
    return found if np.isfinite(found) else None
