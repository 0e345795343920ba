"""Runs a setting on the live stack through the experiment `sizing`, as one point, and judges what came of it."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from analysis import format as fmt
from analysis.size.answer import Answer
from analysis.size.confirmation import Confirmation, GoalHeld
from analysis.size.limits import share
from lab.commands.measuring import LAB_FOLDER
from lab.errors import SizeError
from lab.experiments.conductor import MakePart
from lab.experiments.profile import PROFILES
from lab.experiments.sizing import Sizing, SizingPlan
from lab.size.workload import Prepared

LONG_TTL_S = 86_400.0
"""For entries that must not expire, on a stack that gives each a time to live."""

LONGEST_PASS_S = 1_800.0
FEWEST_USERS = 20_000
ACTIVE_FILL_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LivePoint:
    """The setting as the experiment is asked for it.

    Attributes:
        part: The experiment, with one point.
        planned_s: About how long it takes.
        trace: What it replays; None where keys are drawn.
        working_set_keys: Keys that are asked for.
        users: That the data set needs.
        ttl_s: Of the stack's entries.
    """

    part: MakePart
    planned_s: float
    trace: Path | None
    working_set_keys: int
    users: int
    ttl_s: float


def live_point(answer: Answer, prepared: Prepared, *, given: Path | None, profile_name: str) -> LivePoint:
    """Return what to run: of a trace one pass over all of its reads, at the rate of the prediction.

    Raises:
        SizeError: there is nothing to run, or a pass would take too long.
    """
    if answer.needed <= 0:
        raise SizeError("no cache is needed, so that there is no setting to confirm; leave out --confirm")
    workload = prepared.workload
    keys, rate_rps = workload.distinct_keys, workload.rate_rps
    pass_s = workload.requests / rate_rps if prepared.trace is not None else 0.0
    if pass_s > LONGEST_PASS_S:
        raise SizeError(
            f"one pass over {prepared.source} at {fmt.rate(rate_rps)} takes {fmt.span(pass_s)}, where at most "
            f"{fmt.span(LONGEST_PASS_S)} are given to it; give a higher --rate, for which it is predicted too"
        )
    plan = SizingPlan(sizes_ratio=(answer.size.entries / keys,), policies=(answer.policy,), rates_rps=(rate_rps,))
    return LivePoint(
        part=partial(Sizing, plan),
        planned_s=ACTIVE_FILL_S + (pass_s or plan.seconds(PROFILES[profile_name])),
        trace=None if prepared.trace is None else _replayable(prepared, given),
        working_set_keys=keys,
        users=max(FEWEST_USERS, keys),
        ttl_s=LONG_TTL_S if answer.ttl_s is None else answer.ttl_s,
    )


def describe(confirmation: Confirmation) -> str:
    """Say in one sentence whether the setting held."""
    figures = fmt.listing([_figures(each) for each in confirmation.goals])
    run = (
        f"over {fmt.count(confirmation.requests)} requests at {fmt.rate(confirmation.rate_rps)}, "
        f"{fmt.count(confirmation.entries_held)} entries held under maxmemory "
        f"{fmt.byte_size(confirmation.maxmemory_bytes)}"
    )
    if confirmation.held:
        return f"Confirmed: {figures}; {run}."
    if confirmation.overloaded:
        return (
            f"Not confirmed, this rate is more than the stack carries: {fmt.count(confirmation.unanswered)} of "
            f"{fmt.count(confirmation.requests)} requests got no answer; take a lower --rate. "
            f"{_upper(figures)}; {run}."
        )
    missed = fmt.listing([each.goal.text for each in confirmation.goals if not each.held])
    return f"Not confirmed, {missed} did not hold: {figures}; {run}.{_why(confirmation)}"


def _upper(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"


def _figures(found: GoalHeld) -> str:
    quantity = found.goal.quantity
    return f"{quantity} predicted {_shown(quantity, found.predicted)}, measured {_shown(quantity, found.measured)}"


def _shown(quantity: str, value: float | None) -> str:
    if value is None:
        return fmt.UNKNOWN
    if quantity == "hit_ratio":
        return f"{value:.3f}"
    if quantity == "db_rps":
        return fmt.per_second(value)
    return f"{value:,.2f}" if quantity == "cost" else fmt.duration(value)


def _why(confirmation: Confirmation) -> str:
    if confirmation.as_sent is None or confirmation.measured is None:
        return ""
    return (
        f" The requests that were sent, replayed with as many entries as the server held, come to "
        f"{share(confirmation.as_sent)}, where it had {share(confirmation.measured)}."
    )


def _replayable(prepared: Prepared, given: Path | None) -> Path:
    """Return a file that the load can replay: the trace as given, or its reads alone, written out."""
    assert prepared.trace is not None, "asked only where there is one"  # noqa: S101
    if given is not None and not prepared.writes:
        return given
    folder = LAB_FOLDER / "size"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{prepared.trace.file}.reads.csv"
    np.savetxt(file, prepared.trace.ranks, fmt="%d", header="key", comments="")
    return file
