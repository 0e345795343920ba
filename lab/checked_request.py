"""A request that is checked as far as can be before anything starts: its trace is read, its infos sized."""

from dataclasses import dataclass, replace

from lab.errors import LabError
from lab.experiments.load_plan import LoadPlan, trace_share
from lab.infos import Infos, drawn_infos, traced_infos
from lab.measurement_request import MeasurementRequest
from loadtests.errors import LoadError
from loadtests.popularity import parse_popularity
from loadtests.traces import Timing, Trace, parse_trace_source
from loadtests.value_sizes import OF_TRACE

READ_WITH_INFO = "user"
"""The read whose answers hold the info."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedRequest:
    """What is measured.

    Attributes:
        request: what was asked for; its data set is the one that has these infos.
        trace: the trace that is replayed; None where keys are drawn.
        infos: how large the infos of the users are.
    """

    request: MeasurementRequest
    trace: Trace | None
    infos: Infos

    def load_plan(self) -> LoadPlan:
        """Return what legs are made from."""
        request = self.request
        traced = self.infos.value_sizes.startswith(f"{OF_TRACE}:")
        return LoadPlan(
            profile=request.profile,
            seed=request.seed,
            workload=request.workload,
            trace=self.trace,
            users=request.dataset.users,
            value_sizes=OF_TRACE if traced else self.infos.value_sizes,
            value_seed=request.dataset.seed,
            rate_rps=request.rate_rps,
            until=request.until,
        )


def check_request(request: MeasurementRequest) -> CheckedRequest:
    """Check the request.

    Raises:
        LabError: the popularity does not parse, its trace cannot be replayed on this data set or in this way, or
            the data set would be too large.
    """
    trace = _checked_trace(request)
    infos = None if trace is None else _infos_of_trace(request, trace)
    if infos is None:
        dataset = request.dataset
        return CheckedRequest(
            request=request, trace=trace, infos=drawn_infos(dataset.value_sizes, dataset.users, dataset.seed)
        )
    named = replace(request, dataset=replace(request.dataset, value_sizes=infos.value_sizes))
    return CheckedRequest(request=named, trace=trace, infos=infos)


def _checked_trace(request: MeasurementRequest) -> Trace | None:
    workload = request.workload
    try:
        # A trace may have been named as a popularity, too.
        source = parse_trace_source(workload.keys_spelling)
        if source is None:
            parse_popularity(workload.popularity, request.dataset.users)
            return None
        trace = source.read(skip_bad=workload.skip_bad)
        if workload.speed is not None:
            Timing(trace)
    except LoadError as error:
        raise LabError(str(error)) from error
    if trace.distinct_keys > request.dataset.users:
        raise LabError(
            f"the trace {trace.file} has {trace.distinct_keys:,} distinct keys and the data set "
            f"{request.dataset.users:,} users; give --users {trace.distinct_keys} or more"
        )
    return trace


def _infos_of_trace(request: MeasurementRequest, trace: Trace) -> Infos | None:
    """Return infos as large as the trace's values; None where others were asked for, or it does not say.

    They are for the read whose answers hold the info, and for as many of the trace's keys as that read replays.
    """
    holders = [plan for plan in request.profile.reads if plan.operation == READ_WITH_INFO]
    if not holders or request.workload.value_sizes is not None:
        return None
    return traced_infos(trace.sample(trace_share(holders[0], trace)), request.dataset.users)
