"""Was the generator part of the answer? Its processors, its punctuality, its memory, its connections."""

import math
from collections.abc import Callable, Iterator

import numpy as np

from analysis import format as fmt
from analysis import thresholds
from analysis.blocks import ARMS, QUANTILES, Times
from analysis.cautions import Caution, State
from analysis.legs import Worker
from analysis.quantiles import quantile
from analysis.validity.evidence import Evidence, LegEvidence

_GIVE_ROOM = "Give the generator more of the machine, allow more connections, or lower the rate."
_LOWER = "Its latencies are a queue's. Lower the rate."
_SEND_ALL = "Lower the rate or allow more connections."


def worker_lost(evidence: LegEvidence) -> Iterator[Caution]:
    """Leave out a block that lost a generator process: part of its traffic was never sent."""
    lost = evidence.leg.lost_workers
    if lost:
        yield evidence.doubt(
            "worker-lost",
            f"a generator process ended in its midst, and with it what it was to send ({lost} lost)",
            "Look at the generator's log in the run folder for why.",
            figure=float(lost),
            threshold=0.0,
            severity=State.INVALID,
        )


def cpu_left(evidence: LegEvidence) -> Iterator[Caution]:
    """Doubt a leg in which a process of the generator had hardly any of its core left."""
    share, worker = _greatest_share(evidence, lambda each: each.cpu_s)
    if worker is not None and share > thresholds.WORKER_CPU_RATIO:
        yield evidence.doubt(
            "generator-cpu",
            f"generator process {worker.worker} used {fmt.share(share)} of a core, more than the "
            f"{fmt.share(thresholds.WORKER_CPU_RATIO)} that leaves it time to be punctual",
            "Use more workers, or lower the rate.",
            figure=share,
            threshold=thresholds.WORKER_CPU_RATIO,
        )


def core_to_run_on(evidence: LegEvidence) -> Iterator[Caution]:
    """Doubt a leg in which a process of the generator queued for a core like everybody else."""
    share, worker = _greatest_share(evidence, lambda each: each.run_delay_s)
    if worker is not None and share > thresholds.RUN_DELAY_RATIO:
        yield evidence.doubt(
            "generator-starved",
            f"generator process {worker.worker} could run and waited for a core for {fmt.share(share)} of the "
            f"time, above {fmt.share(thresholds.RUN_DELAY_RATIO)}{_sharing(evidence, worker)}",
            "Stop what else runs here, lower the rate, or send from another machine.",
            figure=share,
            threshold=thresholds.RUN_DELAY_RATIO,
        )


def on_time_in_block(evidence: LegEvidence) -> Iterator[Caution]:
    """Doubt a leg whose lag is a good part of its tail; both at the highest quantile that the leg bounds."""
    figures = evidence.figures
    name = None if figures is None else _highest_known(figures.response)
    if figures is None or name is None:
        return
    lag_s = quantile(np.sort(evidence.samples["lag_s"].dropna().to_numpy()), QUANTILES[name])
    limit_s = _limit_s(getattr(figures.response, name))
    if lag_s > limit_s:
        yield evidence.doubt(
            "lag",
            f"requests left late, by {fmt.duration(lag_s)} at {name}, where {fmt.duration(limit_s)} is let pass",
            _GIVE_ROOM,
            figure=lag_s,
            threshold=limit_s,
        )


def on_time(evidence: Evidence) -> Iterator[Caution]:
    """Doubt a read when the generator's own lateness is a good part of an arm's tail."""
    for arm in ARMS:
        lag_s = evidence.result.lag[arm].p99_s
        times = evidence.result.response_time[arm]
        tails = [times[name].value for name in ("p99", "p95", "p50")]
        limit_s = _limit_s(next((tail for tail in tails if tail is not None), 0.0))
        if lag_s is not None and lag_s > limit_s:
            yield evidence.caution(
                "lag",
                State.DOUBTFUL,
                f"Requests of the {arm} arm left late: {fmt.duration(lag_s)} at p99, where "
                f"{fmt.duration(limit_s)} is let pass. What they waited for the generator, or for a free "
                "connection, is part of their response times.",
                _GIVE_ROOM,
                figure=lag_s,
                threshold=limit_s,
                arm=arm,
            )


def rate_kept_in_block(evidence: LegEvidence) -> Iterator[Caution]:
    """Doubt a leg that was behind its schedule at its end."""
    figures = evidence.figures
    if figures is None:
        return
    share = figures.answered_in_time / figures.count
    if share < thresholds.ACHIEVED_RATIO:
        yield evidence.doubt(
            "rate-missed",
            f"only {fmt.share(share)} of its requests were answered when the last was due, less than "
            f"{fmt.share(thresholds.ACHIEVED_RATIO)}",
            _LOWER,
            figure=share,
            threshold=thresholds.ACHIEVED_RATIO,
        )


def rate_kept(evidence: Evidence) -> Iterator[Caution]:
    """Doubt an arm that, over all blocks, was behind its schedule at their ends."""
    for arm in ARMS:
        rows = [row for row in evidence.rows if row.population == arm]
        due, answered = sum(row.count for row in rows), sum(row.answered_in_time for row in rows)
        if due and answered / due < thresholds.ACHIEVED_RATIO:
            yield evidence.caution(
                "rate-missed",
                State.DOUBTFUL,
                f"The {arm} arm had answered {fmt.share(answered / due)} of its requests when the last was "
                "due: it, or the generator, did not keep up with the rate offered.",
                _LOWER,
                figure=answered / due,
                threshold=thresholds.ACHIEVED_RATIO,
                arm=arm,
            )


def none_dropped_in_block(evidence: LegEvidence) -> Iterator[Caution]:
    """Doubt a leg with requests that found no place in the generator's queue."""
    dropped = int((evidence.samples["outcome"] == "dropped").sum())
    if dropped:
        yield evidence.doubt(
            "dropped",
            f"{dropped:,} requests were never sent",
            _SEND_ALL,
            figure=float(dropped),
            threshold=0.0,
        )


def none_dropped(evidence: Evidence) -> Iterator[Caution]:
    """Doubt a read with requests that found no place in the generator's queue."""
    dropped = int((evidence.samples["outcome"] == "dropped").sum())
    if dropped:
        yield evidence.caution(
            "dropped",
            State.DOUBTFUL,
            f"{dropped:,} requests were never sent: the generator's queue was full.",
            _SEND_ALL,
            figure=float(dropped),
            threshold=0.0,
        )


def descriptors_left(evidence: LegEvidence) -> Iterator[Caution]:
    """Doubt a leg in which a process of the generator came near to the number of files it may open."""
    for worker in evidence.leg.workers:
        opened, limit = worker.open_files, worker.open_files_limit
        if opened is not None and limit and opened / limit > thresholds.OPEN_FILES_RATIO:
            yield evidence.doubt(
                "descriptors",
                f"generator process {worker.worker} had {opened:,} descriptors open, "
                f"{fmt.share(opened / limit)} of the {limit:,} that it may",
                "Raise the limit (ulimit -n), or use more workers.",
                figure=opened / limit,
                threshold=thresholds.OPEN_FILES_RATIO,
            )
            return


def pauses_short(evidence: LegEvidence) -> Iterator[Caution]:
    """Doubt a leg with a pause of the garbage collector that is a good part of its tail."""
    pause_s = max((each.gc_pause_s or 0.0 for each in evidence.leg.workers), default=0.0)
    name = None if evidence.figures is None else _highest_known(evidence.figures.response)
    tail_s = 0.0 if name is None or evidence.figures is None else getattr(evidence.figures.response, name)
    limit_s = max(thresholds.GC_PAUSE_FLOOR_S, thresholds.GC_PAUSE_SHARE_RATIO * tail_s)
    if pause_s > limit_s:
        yield evidence.doubt(
            "gc-pause",
            f"the generator's garbage collector paused it for {fmt.duration(pause_s)}, where "
            f"{fmt.duration(limit_s)} is let pass",
            "Shorter legs leave less to collect; this should not happen, since collection is off while it sends.",
            figure=pause_s,
            threshold=limit_s,
        )


def connections_kept(evidence: LegEvidence) -> Iterator[Caution]:
    """Doubt a leg in which connections were opened anew that should have been kept."""
    connects = sum(each.connects or 0 for each in evidence.leg.workers)
    share = connects / evidence.leg.requests if evidence.leg.requests else 0.0
    if share > thresholds.RECONNECTS_RATIO:
        yield evidence.doubt(
            "reconnects",
            f"{connects:,} connections were opened for {evidence.leg.requests:,} requests ({fmt.share(share)}), "
            f"above {fmt.share(thresholds.RECONNECTS_RATIO)}: their handshakes are in the response times",
            "See why the service closes connections: its keep-alive limits, or its log.",
            figure=share,
            threshold=thresholds.RECONNECTS_RATIO,
        )


def _greatest_share(
    evidence: LegEvidence, figure: Callable[[Worker], float | None]
) -> tuple[float, Worker | None]:
    """Return a figure in seconds as a share of the leg, of the process where it is greatest, and that process."""
    told = [(found, worker) for worker in evidence.leg.workers if (found := figure(worker)) is not None]
    if not told or evidence.leg.seconds <= 0:
        return 0.0, None
    seconds, worker = max(told, key=lambda pair: pair[0])
    return seconds / evidence.leg.seconds, worker


def _sharing(evidence: LegEvidence, worker: Worker) -> str:
    """Return who else may run on the process's cores, as the end of a sentence; nothing where it is unknown."""
    by_role = {} if evidence.host is None else evidence.host.cores_by_role
    mine = set(worker.cores or by_role.get("generator", ()))
    others = sorted(role for role, cores in by_role.items() if role != "generator" and mine & set(cores))
    if not others:
        return ""
    return f"; it shares {_cores(mine)} with {fmt.listing(others)}"


def _cores(cores: set[int]) -> str:
    noun = "core" if len(cores) == 1 else "cores"
    return f"{noun} {fmt.listing([str(core) for core in sorted(cores)])}"


def _limit_s(tail_s: float) -> float:
    return max(thresholds.LAG_FLOOR_S, thresholds.LAG_SHARE_RATIO * tail_s)


def _highest_known(times: Times) -> str | None:
    return next((name for name in reversed(QUANTILES) if not math.isnan(getattr(times, name))), None)
