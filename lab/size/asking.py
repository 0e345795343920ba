"""From the options of `lab size` to its answer, and from there to the live stack."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from analysis.cautions import State
from analysis.errors import AnalysisError
from analysis.plain import plain
from analysis.prediction.cost import Prices
from analysis.size.answer import Answer, Refusal, find_answer
from analysis.size.confirmation import Confirmation, confirm
from analysis.size.outlook import Outlook
from analysis.size.policies import POLICIES
from analysis.size.search import Question
from analysis.size.times import MeasuredTimes, read_times
from analysis.size.workload import Replays
from lab.commands.measuring import MeasureOptions, run_and_report
from lab.commands.size_options import SizeOptions
from lab.errors import SizeError
from lab.run_folder import require_writable
from lab.size.confirmation_text import describe
from lab.size.live_point import checked_pass_s, live_point
from lab.size.memory import USER_VALUE_BYTES, memory_meter
from lab.size.report import Background, print_answer
from lab.size.workload import Prepared, Ranks, of_popularity, of_trace
from loadtests.popularity import parse_popularity
from loadtests.traces import KeyPattern, read_trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was found, and what it rests on."""

    answer: Answer | Refusal
    background: Background

    @property
    def has_answer(self) -> bool:
        """Whether there is a setting."""
        return isinstance(self.answer, Answer)

    def show(self, seconds: float) -> None:
        """Print it."""
        print_answer(self.answer, self.background, seconds)

    def to_json(self, seconds: float, confirmed: "Confirmed | None") -> dict[str, Any]:
        """Return all of it as JSON values; what is unknown is None."""
        question, prepared = self.background.question, self.background.prepared
        workload, trace = question.replays.workload, prepared.trace
        found = plain(self.answer)
        return {
            "goals": [goal.text for goal in question.goals],
            "met": self.has_answer,
            "answer": found if self.has_answer else None,
            "limits": found.get("limits", []),
            "highest_hit_ratio": found["highest"],
            "sizes": found["sizes"],
            "workload": {
                "source": prepared.source,
                "requests": workload.requests,
                "distinct_keys": workload.distinct_keys,
                "rate_rps": workload.rate_rps,
                "rate_source": prepared.rate_source,
                "from": "cold" if workload.of_trace else "settled",
                "sampled_keys_ratio": workload.share_ratio,
                "writes_left_out": prepared.writes,
                "unmatched_lines": 0 if trace is None else trace.unmatched_records,
                "bad_records": 0 if trace is None else trace.bad_records,
            },
            "server": self.background.server,
            "entry_bytes": self.background.entry_bytes,
            "margin_ratio": question.margin_ratio,
            "times_of_run": self.background.run_id,
            "seconds": seconds,
            "confirmation": None if confirmed is None else confirmed.to_json(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """What came of the setting on the live stack, and where it is written down.

    Attributes:
        found: None where the run is not valid.
        doubt: Why it is not.
    """

    found: Confirmation | None
    folder: Path
    doubt: str | None

    @property
    def held(self) -> bool:
        """Whether every goal was met in a run that may be believed."""
        return self.found is not None and self.found.held

    @property
    def text(self) -> str:
        """Return it in words; the last line is the report's path."""
        said = f"Not confirmed, the run is not valid: {self.doubt}" if self.found is None else describe(self.found)
        return f"{said}\nReport: {self.folder / 'report.html'}"

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        told = {"held": self.held, "invalid": self.doubt, "run": str(self.folder)}
        if self.found is None:
            return told
        goals = [
            {"goal": each.goal.text, "predicted": each.predicted, "measured": each.measured, "held": each.held}
            for each in self.found.goals
        ]
        return {**plain(self.found), "goals": goals, **told}


def ask(asked: SizeOptions) -> Found:
    """Find the answer.

    Raises:
        LabError, LoadError, AnalysisError: what was given cannot be sized; each is one sentence.
    """
    if asked.confirm:
        require_writable(asked.reports)
    prepared = _prepare(asked)
    if asked.confirm:
        checked_pass_s(prepared)
    value_bytes, value_text = _value_bytes(asked, prepared)
    values_as_served = asked.read == "user" and bool((value_bytes == USER_VALUE_BYTES).all())
    outlook, times = _outlook(asked, prepared)
    with memory_meter(value_bytes, asked.redis_server) as meter:
        question = Question(
            goals=asked.goals,
            replays=Replays(prepared.workload, meter.server),
            outlook=outlook,
            memory_bytes=meter.maxmemory_bytes,
            policies=tuple(policy for policy in POLICIES if policy in (asked.policies or POLICIES)),
            margin_ratio=asked.margin_points / 100,
            ttl_s=asked.ttl_s,
            most_memory_bytes=psutil.virtual_memory().total,
        )
        answer = find_answer(question)
        background = Background(
            question=question,
            prepared=prepared,
            server=meter.name,
            value_text=value_text,
            entry_bytes=meter.entry_bytes(answer.size.entries) if isinstance(answer, Answer) else None,
            run_id=None if times is None else times.run_id,
            values_as_served=values_as_served,
        )
    return Found(answer=answer, background=background)


def confirm_answer(asked: SizeOptions, found: Found) -> Confirmed:
    """Try the setting on the live stack.

    Raises:
        LabError: it cannot be tried, or the stack does not do its part.
    """
    answer, background = found.answer, found.background
    assert isinstance(answer, Answer), "a refusal has nothing to confirm"  # noqa: S101
    point = live_point(
        answer,
        background.prepared,
        given=asked.trace,
        profile_name=asked.profile_name,
        values_as_served=background.values_as_served,
    )
    options = MeasureOptions(
        profile_name=asked.profile_name,
        stack_kind=asked.stack_kind,
        data_url=asked.data_url,
        user_url=None,
        database_url=asked.database_url,
        redis_url=asked.redis_url,
        empty_cache=asked.empty_cache,
        redis_server=asked.redis_server,
        trace=point.trace,
        popularity=asked.popularity,
        arrivals="poisson",
        ttl_s=point.ttl_s,
        users=point.users,
        events=EVENTS,
        seed=asked.seed,
        reports=asked.reports,
        as_json=asked.as_json,
        calibrate=False,
        reads=(asked.read,),
        working_set_keys=point.working_set_keys,
    )
    results, folder = run_and_report(options, "sizing", point.part, planned_s=point.planned_s)
    if results.state is State.INVALID:
        return Confirmed(found=None, folder=folder, doubt=results.headline)
    hit_ratio = (answer.under_ttl or answer.replayed).hit_ratio
    found_live = confirm(folder, asked.goals, background.question.outlook, predicted=hit_ratio)
    return Confirmed(found=found_live, folder=folder, doubt=None)


EVENTS = 1_000_000


def _prepare(asked: SizeOptions) -> Prepared:
    if asked.popularity is not None and asked.keys is not None:
        law = parse_popularity(asked.popularity, asked.keys)
        return of_popularity(asked.popularity, law, asked.rate_rps, np.random.default_rng(asked.seed))
    if asked.log is not None and asked.key_pattern is not None:
        trace = read_trace(asked.log, key_pattern=KeyPattern(asked.key_pattern), skip_bad=asked.skip_bad)
        return of_trace(trace, asked.rate_rps, is_log=True)
    assert asked.trace is not None, "SizeOptions saw to it"  # noqa: S101
    return of_trace(read_trace(asked.trace, skip_bad=asked.skip_bad), asked.rate_rps)


def _value_bytes(asked: SizeOptions, prepared: Prepared) -> tuple[Ranks, str]:
    """Return the sizes of values, and what they are, in words."""
    if asked.value_bytes is not None:
        return np.array([asked.value_bytes]), f"values of {asked.value_bytes:,} bytes"
    if prepared.value_bytes is not None and prepared.value_bytes.any():
        sizes = prepared.value_bytes
        return sizes, f"values of the sizes in it ({sizes.mean():,.0f} bytes on average)"
    if asked.read != "user":
        raise SizeError(
            f"how much the cache stores for the read {asked.read} depends on the data set; give --value-bytes"
        )
    return np.array([USER_VALUE_BYTES]), f"values of {USER_VALUE_BYTES} bytes, as of GET /user/<name>"


def _outlook(asked: SizeOptions, prepared: Prepared) -> tuple[Outlook, MeasuredTimes | None]:
    """Return what is known beside the requests, and the run that it is known from."""
    times = _measured_times(asked) if asked.needs_times or asked.needs_cpu_time else None
    cpu_s = asked.db_cpu_ms / 1000 if asked.db_cpu_ms is not None else None
    if cpu_s is None and times is not None:
        cpu_s = times.database_cpu_s
    if asked.needs_cpu_time and cpu_s is None:
        raise SizeError("the run does not hold the database's processor time; give it with --db-cpu-ms")
    outlook = Outlook(
        rate_rps=prepared.workload.rate_rps,
        times=times.times if times is not None and asked.needs_times else None,
        prices=_prices(asked),
        database_cpu_s=cpu_s,
    )
    return outlook, times


def _prices(asked: SizeOptions) -> Prices | None:
    """Return what memory and processors cost; None where that was not said."""
    if asked.price_cache_gib_month is None or asked.price_db_cpu_hour is None:
        return None
    return Prices(cache_gib_month=asked.price_cache_gib_month, database_cpu_hour=asked.price_db_cpu_hour)


def _measured_times(asked: SizeOptions) -> MeasuredTimes:
    """Return what the named run measured of the read, or the newest one that did."""
    if asked.run is not None:
        return read_times(asked.run, asked.read)
    for folder in (asked.reports / "latest", *sorted(asked.reports.glob("*-compare"), reverse=True)):
        with suppress(AnalysisError):  # of another read, or of another version: the next may do
            return read_times(folder, asked.read)
    raise SizeError(
        f"goals of time and money go by what was measured, and {asked.reports} holds no comparison of the read "
        f"{asked.read}; make one with `lab run compare --read {asked.read}`, or name one with --run"
    )
