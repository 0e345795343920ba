"""From the options of `lab size` to its answer."""

import numpy as np
import psutil

from analysis.size.answer import Answer, Refusal, find_answer
from analysis.size.policies import POLICIES
from analysis.size.search import Question
from analysis.size.workload import Replays
from lab.commands.size_options import SizeOptions
from lab.run_folder import require_writable
from lab.size.found import Found
from lab.size.live_point import LONG_TTL_S, checked_pass_s
from lab.size.memory import MemoryMeter, memory_meter, user_value_bytes
from lab.size.outlook import outlook_of
from lab.size.values import ValueSizes, value_sizes
from lab.size.workload import Prepared, of_popularity, of_trace
from loadtests.popularity import parse_popularity
from loadtests.traces import KeyPattern, read_trace


def ask(asked: SizeOptions) -> Found:
    """Find the answer. What can be checked is, before anything is started.

    Raises:
        LabError, LoadError, AnalysisError: what was given cannot be sized; each is one sentence.
    """
    if asked.confirm:
        require_writable(asked.reports)
    prepared = _prepare(asked)
    if asked.confirm:
        checked_pass_s(prepared)
    values = value_sizes(asked, prepared)
    outlook, run_id = outlook_of(asked, prepared.workload.rate_rps)
    with memory_meter(values.sizes_bytes, asked.redis_server) as meter:
        question = Question(
            goals=asked.goals,
            replays=Replays(prepared.workload, meter.server),
            outlook=outlook,
            memory_bytes=meter.to_hold(prepared.workload.distinct_keys),
            policies=tuple(policy for policy in POLICIES if policy in (asked.policies or POLICIES)),
            margin_ratio=asked.margin_points / 100,
            ttl_s=asked.ttl_s,
            most_memory_bytes=psutil.virtual_memory().total,
        )
        answer = find_answer(question)
        if isinstance(answer, Answer):
            # Its time to live is known only now, and is in what is stored; the replays are not made again.
            values = value_sizes(asked, prepared, answer.ttl_s or LONG_TTL_S)
            meter.measure_values(values.sizes_bytes)
            answer = find_answer(question)
        entry_bytes = meter.entry_bytes(answer.size.entries) if isinstance(answer, Answer) else None
        return Found(
            answer=answer,
            question=question,
            prepared=prepared,
            values=values,
            server=meter.name,
            entry_bytes=entry_bytes,
            stack_bytes=_stack_bytes(asked, values, answer, meter),
            run_id=run_id,
        )


def _stack_bytes(
    asked: SizeOptions, values: ValueSizes, answer: Answer | Refusal, meter: MemoryMeter
) -> int | None:
    """Return the `maxmemory` that holds as many entries of the stack that would confirm it; None if unknown."""
    if not isinstance(answer, Answer) or asked.read != "user":
        return None
    if values.info_bytes is not None:
        return answer.size.memory_bytes
    meter.measure_values(np.array([user_value_bytes(answer.ttl_s or LONG_TTL_S)]))
    return meter.maxmemory_bytes(answer.size.entries)


def _prepare(asked: SizeOptions) -> Prepared:
    if asked.popularity is not None and asked.keys is not None:
        law = parse_popularity(asked.popularity, asked.keys)
        return of_popularity(asked.popularity, law, asked.rate_rps, np.random.default_rng(asked.seed))
    if asked.log is not None and asked.key_pattern is not None:
        trace = read_trace(asked.log, key_pattern=KeyPattern(asked.key_pattern), skip_bad=asked.skip_bad)
        return of_trace(trace, asked.rate_rps, is_log=True)
    assert asked.source is not None, "SizeOptions saw to it"  # noqa: S101
    return of_trace(asked.source.read(skip_bad=asked.skip_bad), asked.rate_rps)
