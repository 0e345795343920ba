"""Measures on a stack: fills the database, opens what the experiment needs, and writes the run folder."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lab.counters import Witnesses
from lab.dataset import DatasetParameters, ensure_dataset
from lab.errors import LabError
from lab.experiments.cache_size import borrowed_cache
from lab.experiments.conductor import Conductor, MakePart
from lab.experiments.load_plan import LoadPlan
from lab.experiments.profile import Profile
from lab.experiments.stopping import UntilNarrow
from lab.generator import running_generator
from lab.precedence import Precedence
from lab.progress import Progress
from lab.run_folder import RunFolder, make_run_folder
from lab.run_record import RunRecord
from lab.stacks.interface import Stack
from lab.workforce import ONE_WORKER, Workforce
from loadtests.arrivals import ArrivalKind
from loadtests.errors import LoadError
from loadtests.popularity import parse_popularity, popularity_parameters
from loadtests.traces import Trace, read_trace
from loadtests.worker_settings import WorkerSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasurementRequest:
    """What the user asked for.

    Attributes:
        experiment: its name, as in `lab run NAME`.
        parts: the questions, in the order in which they are put.
        profile: sizes and lengths.
        dataset: what the database is to hold.
        popularity: spelling as in `loadtests.popularity`.
        arrivals: poisson or constant.
        rate_rps: offered rate; None finds it.
        until: the rule that ends a comparison; None: after the profile's number of blocks.
        seed: of everything drawn.
        cache_ttl_s, cache_ttl_jitter_ratio: what the services were started with; None where the lab did not.
        reports: where run folders go.
        empty_cache: whether keys that somebody else's Redis holds may go.
        command: the command line, for the report.
        workforce: the processes that make the load.
    """

    experiment: str
    parts: tuple[MakePart, ...]
    profile: Profile
    dataset: DatasetParameters
    popularity: str
    arrivals: ArrivalKind
    rate_rps: float | None
    until: UntilNarrow | None
    seed: int
    cache_ttl_s: float | None
    cache_ttl_jitter_ratio: float | None
    reports: Path
    empty_cache: bool
    command: str
    workforce: Workforce = ONE_WORKER


def check_popularity(request: MeasurementRequest) -> Trace | None:
    """Check what can be checked before anything is started; return the trace where there is one.

    Raises:
        LabError: the popularity does not parse, or its trace cannot be replayed on this data set.
    """
    try:
        if request.popularity.startswith("trace:"):
            trace = read_trace(Path(request.popularity.removeprefix("trace:")))
        else:
            parse_popularity(request.popularity, request.dataset.users)
            return None
    except LoadError as error:
        raise LabError(str(error)) from error
    if trace.distinct_keys > request.dataset.users:
        raise LabError(
            f"the trace {trace.file} has {trace.distinct_keys:,} distinct keys and the data set "
            f"{request.dataset.users:,} users; give --users {trace.distinct_keys} or more"
        )
    return trace


def run_measurement(
    request: MeasurementRequest, trace: Trace | None, stack: Stack, progress: Progress
) -> RunFolder:
    """Run the experiment on `stack` and return its folder, with run.json and the samples in it.

    Raises:
        LabError: something that it needs does not work; what was measured until then stays in the run folder.
    """
    progress.step("the data set")
    ensure_dataset(stack.endpoints.database_url, request.dataset)
    folder = make_run_folder(request.reports, request.experiment)
    folder.write_manifest(_measure(request, trace, stack, folder, progress))
    return folder


def _measure(
    request: MeasurementRequest, trace: Trace | None, stack: Stack, folder: RunFolder, progress: Progress
) -> dict[str, Any]:
    load = LoadPlan(
        profile=request.profile,
        seed=request.seed,
        popularity=request.popularity,
        trace=trace,
        users=request.dataset.users,
        arrivals=request.arrivals,
        rate_rps=request.rate_rps,
        until=request.until,
    )
    settings = WorkerSettings(
        url=stack.endpoints.data_service_url,
        write_url=stack.endpoints.user_service_url,
        connections=request.profile.connections,
        epoch_ns=time.monotonic_ns(),
        samples=str(folder.samples / "worker-0.parquet"),
    )
    started = datetime.now(UTC)
    witnesses = Witnesses(stack)
    may_empty = request.empty_cache or stack.kind != "external"
    try:
        with (
            borrowed_cache(witnesses.redis, may_empty=may_empty),
            running_generator(
                settings, folder.path / "generator.log", request.workforce, progress.step
            ) as generator,
        ):
            conductor = Conductor(
                generator, settings, witnesses, folder.path, progress, precedence=Precedence(stack)
            )
            found: dict[str, Any] = {"reads": []}
            for make_part in request.parts:
                part = make_part(load, conductor)
                part.run()
                found |= part.to_json()
        servers = (*witnesses.servers(), *stack.services())
    finally:
        witnesses.close()
    record = RunRecord(
        experiment=request.experiment,
        run_id=folder.run_id,
        seed=request.seed,
        command=request.command,
        started=started,
        stack_kind=stack.kind,
        servers=servers,
    )
    return record.to_json({**_asked(request, trace), "generators": generator.generators, **found}, conductor.legs)


def _asked(request: MeasurementRequest, trace: Trace | None) -> dict[str, Any]:
    """Return the part of run.json that was known before the run."""
    return {
        "profile": request.profile.name,
        "parameters": {
            "blocks": request.profile.blocks,
            "connections": request.profile.connections,
            "workers": request.workforce.total,
            "ttl_s": request.cache_ttl_s,
            "ttl_jitter_ratio": request.cache_ttl_jitter_ratio,
            "arrivals": request.arrivals,
            "popularity": _popularity(request.popularity, trace),
        },
        "dataset": request.dataset.to_json(),
    }


def _popularity(spelling: str, trace: Trace | None) -> dict[str, Any]:
    if trace is not None:
        return {
            "kind": "trace",
            "file": trace.file,
            "sha256": trace.sha256,
            "requests": len(trace.ranks),
            "distinct_keys": trace.distinct_keys,
        }
    return popularity_parameters(spelling)
