"""Measures on a stack: fills the database, opens what the experiment needs, and writes the run folder."""

import time
from datetime import UTC, datetime
from typing import Any

from lab.checked_request import CheckedRequest
from lab.counters import Witnesses
from lab.dataset import ensure_dataset
from lab.experiments.cache_size import borrowed_cache
from lab.experiments.conductor import Conductor
from lab.experiments.load_plan import LoadPlan
from lab.generator import running_generator
from lab.precedence import Precedence
from lab.progress import Progress
from lab.run_folder import RunFolder, make_run_folder
from lab.run_record import RunRecord
from lab.stacks.interface import Stack
from lab.stacks.lab_mode import require_lab_mode
from lab.workload import Workload
from loadtests.popularity import popularity_parameters
from loadtests.popularity.replay import Replay
from loadtests.traces import Trace
from loadtests.worker_settings import WorkerSettings


def run_measurement(checked: CheckedRequest, stack: Stack, progress: Progress) -> RunFolder:
    """Run the experiment on `stack` and return its folder, with run.json and the samples in it.

    Raises:
        LabError: something that it needs does not work; what was measured until then stays in the run folder.
    """
    progress.step("the data set")
    request = checked.request
    ensure_dataset(stack.endpoints.database_url, request.dataset, checked.infos)
    folder = make_run_folder(request.reports, request.experiment)
    folder.write_manifest(_measure(checked, stack, folder, progress))
    return folder


def _measure(checked: CheckedRequest, stack: Stack, folder: RunFolder, progress: Progress) -> dict[str, Any]:
    request, load = checked.request, checked.load_plan()
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
            if load.write_ratio:
                require_lab_mode(settings)
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
    return record.to_json({**_asked(checked, load), "generators": generator.generators, **found}, conductor.legs)


def _asked(checked: CheckedRequest, load: LoadPlan) -> dict[str, Any]:
    """Return the part of run.json that was known before the run."""
    request, trace = checked.request, checked.trace
    workload = request.workload
    return {
        "profile": request.profile.name,
        "parameters": {
            "blocks": request.profile.blocks,
            "connections": request.profile.connections,
            "workers": request.workforce.total,
            "ttl_s": request.cache_ttl_s,
            "ttl_jitter_ratio": request.cache_ttl_jitter_ratio,
            "workload": workload.named(),
            "arrivals": workload.arrivals,
            "speed": workload.speed,
            "write_ratio": load.write_ratio,
            "popularity": _popularity(workload, trace),
        },
        "dataset": {**request.dataset.to_json(), "values": checked.infos.to_json()},
    }


def _popularity(workload: Workload, trace: Trace | None) -> dict[str, Any]:
    if trace is not None:
        return {
            "kind": "trace",
            "file": trace.file,
            "sha256": trace.sha256,
            "requests": len(trace.ranks),
            "distinct_keys": trace.distinct_keys,
            "format": trace.trace_format,
            "skip_bad": workload.skip_bad,
            "bad_records": trace.bad_records,
            "writes": Replay(trace).write_ratio > 0,
        }
    return popularity_parameters(workload.popularity)
