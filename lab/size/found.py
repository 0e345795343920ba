"""What `lab size` found, and what it rests on."""

from dataclasses import dataclass
from typing import Any

from analysis.plain import plain
from analysis.size.answer import Answer, Refusal
from analysis.size.search import Question
from lab.size.values import ValueSizes
from lab.size.workload import Prepared


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The answer, or why there is none.

    Attributes:
        answer: What was found.
        question: What was asked.
        prepared: The workload.
        values: What values were taken to be.
        server: Name and version of the server that entries were measured on.
        entry_bytes: Bytes an entry at the size that was chosen; None without one.
        stack_bytes: `maxmemory` that holds as many entries of the live stack, whose values may be of other sizes;
            None where that is not known.
        run_id: Of the run whose response times were taken; None where none were needed.
    """

    answer: Answer | Refusal
    question: Question
    prepared: Prepared
    values: ValueSizes
    server: str
    entry_bytes: float | None
    stack_bytes: int | None
    run_id: str | None

    @property
    def has_answer(self) -> bool:
        """Whether there is a setting."""
        return isinstance(self.answer, Answer)

    def to_json(self) -> dict[str, Any]:
        """Return all of it as JSON values; what is unknown is None."""
        found = plain(self.answer)
        return {
            "goals": [goal.text for goal in self.question.goals],
            "met": self.has_answer,
            "answer": found if self.has_answer else None,
            "limits": found.get("limits", []),
            "highest_hit_ratio": found["highest"],
            "sizes": found["sizes"],
            "workload": self._workload(),
            "server": self.server,
            "values": self.values.text,
            "entry_bytes": self.entry_bytes,
            "margin_ratio": self.question.margin_ratio,
            "times_of_run": self.run_id,
        }

    def _workload(self) -> dict[str, Any]:
        workload, trace = self.question.replays.workload, self.prepared.trace
        return {
            "source": self.prepared.source,
            "requests": workload.requests,
            "distinct_keys": workload.distinct_keys,
            "rate_rps": workload.rate_rps,
            "rate_source": self.prepared.rate_source,
            "from": "cold" if workload.of_trace else "settled",
            "sampled_keys_ratio": workload.share_ratio,
            "writes_left_out": self.prepared.writes,
            "unmatched_lines": 0 if trace is None else trace.unmatched_records,
            "bad_records": 0 if trace is None else trace.bad_records,
        }
