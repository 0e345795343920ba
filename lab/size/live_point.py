"""What the experiment `sizing` is asked to try a setting on the live stack: one point, and its traffic."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from analysis import format as fmt
from analysis.size.answer import Answer
from lab.commands.measuring import LAB_FOLDER
from lab.errors import SizeError
from lab.experiments.conductor import MakePart
from lab.experiments.profile import PROFILES
from lab.experiments.sizing import Sizing
from lab.experiments.sizing_plan import SizingPlan
from lab.size.workload import Prepared
from loadtests.traces import TraceSource

LONG_TTL_S = 86_400.0
"""For entries that must not expire, on a stack that gives each a time to live."""

LONGEST_PASS_S = 1_800.0
FEWEST_USERS = 20_000
ACTIVE_FILL_S = 30.0
HALF_WIDTH_RATIO = 0.005
MOST_MEASURED_S = {"smoke": 1.0, "quick": 60.0, "full": 240.0}


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
        leg_s: At least how long a leg is; None where it is one pass over a trace.
    """

    part: MakePart
    planned_s: float
    trace: TraceSource | None
    working_set_keys: int
    users: int
    ttl_s: float
    leg_s: float | None


def live_point(
    answer: Answer,
    prepared: Prepared,
    *,
    given: TraceSource | None,
    profile_name: str,
    maxmemory_bytes: int | None,
) -> LivePoint:
    """Return what to run: of a trace one pass over all of its reads, at the rate of the prediction.

    Args:
        answer: the setting.
        prepared: the workload.
        given: the trace as it was given.
        profile_name: how long, where keys are drawn.
        maxmemory_bytes: what the server is limited to; None: by what an entry is found to take in the run.

    Raises:
        SizeError: there is nothing to run.
    """
    if not answer.needs_cache:
        raise SizeError("no cache is needed, so that there is no setting to confirm; leave out --confirm")
    workload, pass_s = prepared.workload, checked_pass_s(prepared)
    keys, rate_rps = workload.distinct_keys, workload.rate_rps
    plan = SizingPlan(
        sizes_ratio=(answer.size.entries / keys,),
        policies=(answer.policy,),
        rates_rps=(rate_rps,),
        maxmemory_bytes=maxmemory_bytes,
    )
    leg_s = None if prepared.trace is not None else _leg_s(answer, rate_rps, profile_name)
    profile = PROFILES[profile_name].of_sizing_legs(leg_s)
    return LivePoint(
        part=partial(Sizing, plan),
        planned_s=ACTIVE_FILL_S + (pass_s or plan.seconds(profile)),
        trace=None if prepared.trace is None else _replayable(prepared, given),
        working_set_keys=keys,
        users=max(FEWEST_USERS, keys),
        ttl_s=LONG_TTL_S if answer.ttl_s is None else answer.ttl_s,
        leg_s=leg_s,
    )


def _leg_s(answer: Answer, rate_rps: float, profile_name: str) -> float:
    """Return how long a leg must be for all of them to tell the hit ratio to half a point, in the time there is.

    Requests are drawn, so that their hits are binomial: 4 h (1-h) / width² of them are known to two standard
    deviations.
    """
    hit_ratio = answer.replayed.hit_ratio
    requests = 4 * hit_ratio * (1 - hit_ratio) / HALF_WIDTH_RATIO**2
    return min(requests / rate_rps, MOST_MEASURED_S[profile_name]) / PROFILES[profile_name].sizing_legs


def checked_pass_s(prepared: Prepared) -> float:
    """Return how long one pass over a trace takes; 0 where keys are drawn.

    Raises:
        SizeError: it takes longer than is given to it.
    """
    if prepared.trace is None:
        return 0.0
    rate_rps = prepared.workload.rate_rps
    pass_s = prepared.workload.requests / rate_rps
    if pass_s > LONGEST_PASS_S:
        raise SizeError(
            f"one pass over {prepared.source} at {fmt.rate(rate_rps)} takes {fmt.span(pass_s)}, where at most "
            f"{fmt.span(LONGEST_PASS_S)} are given to it; give a higher --rate, for which it is predicted too"
        )
    return pass_s


def _replayable(prepared: Prepared, given: TraceSource | None) -> TraceSource:
    """Return what the load can replay: the trace as given, or its reads alone, written out."""
    assert prepared.trace is not None, "asked only where there is one"  # noqa: S101
    if given is not None and not prepared.writes:
        return given
    folder = LAB_FOLDER / "size"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{prepared.trace.file}.reads.csv"
    np.savetxt(file, prepared.trace.ranks, fmt="%d", header="key", comments="")
    return TraceSource(path=file, trace_format="csv")
