"""Tries an answer on the live stack."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.cautions import State
from analysis.plain import plain
from analysis.size.answer import Answer
from analysis.size.confirmation import Confirmation, confirm
from lab.commands.measuring import MeasureOptions, run_and_report
from lab.commands.size_options import SizeOptions
from lab.dataset import DatasetParameters
from lab.size.confirmation_text import describe
from lab.size.found import Found
from lab.size.live_point import LivePoint, live_point
from lab.size.values import ValueSizes
from lab.workload import DEFAULT_POPULARITY, Workload
from loadtests.value_sizes import INFO_BYTES


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


def confirm_answer(asked: SizeOptions, found: Found) -> Confirmed:
    """Try the setting on the live stack.

    Raises:
        LabError: it cannot be tried, or the stack does not do its part.
    """
    answer = found.answer
    assert isinstance(answer, Answer), "a refusal has nothing to confirm"  # noqa: S101
    point = live_point(
        answer,
        found.prepared,
        given=asked.source,
        profile_name=asked.profile_name,
        maxmemory_bytes=found.stack_bytes,
    )
    results, folder = run_and_report(
        _options(asked, point, found.values), "sizing", point.part, planned_s=point.planned_s
    )
    if results.state is State.INVALID:
        return Confirmed(found=None, folder=folder, doubt=results.headline)
    hit_ratio = (answer.under_ttl or answer.replayed).hit_ratio
    judged = confirm(folder, asked.goals, found.question.outlook, predicted=hit_ratio)
    return Confirmed(found=judged, folder=folder, doubt=None)


def _options(asked: SizeOptions, point: LivePoint, values: ValueSizes) -> MeasureOptions:
    return MeasureOptions(
        profile_name=asked.profile_name,
        stack_kind=asked.stack_kind,
        data_url=asked.data_url,
        user_url=None,
        database_url=asked.database_url,
        redis_url=asked.redis_url,
        empty_cache=asked.empty_cache,
        redis_server=asked.redis_server,
        workload=Workload(
            popularity=asked.popularity or DEFAULT_POPULARITY,
            trace=point.trace,
            skip_bad=asked.skip_bad,
            ttl_s=point.ttl_s,
            value_sizes=f"fixed:{INFO_BYTES if values.info_bytes is None else values.info_bytes}",
        ),
        users=point.users,
        events=DatasetParameters().events,
        seed=asked.seed,
        reports=asked.reports,
        as_json=asked.as_json,
        calibrate=False,
        reads=(asked.read,),
        working_set_keys=point.working_set_keys,
        sizing_leg_s=point.leg_s,
    )
