"""From a run's folder: response times of hits and of misses, and the database's processor time a read."""

from dataclasses import dataclass
from pathlib import Path

from analysis.blocks import CACHED, HIT, MISS, UNCACHED
from analysis.errors import PredictionError
from analysis.prediction.mixture import Mixture, mix
from analysis.run import MEASURE, Run, read_run

POSTGRESQL = "postgresql"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredTimes:
    """What a comparison of one read measured.

    Attributes:
        run_id: Of the run.
        times: Response times of hits and of misses, through the cache.
        database_cpu_s: Processor time of the database a call of the read's statement, in the uncached arm; None
            where the run does not hold it.
    """

    run_id: str
    times: Mixture
    database_cpu_s: float | None


def read_times(folder: Path, operation: str) -> MeasuredTimes:
    """Read what a comparison of a read measured.

    Raises:
        RunError: the folder is no run, or cannot be read.
        PredictionError: the run compared another read, or had no hits or no misses of this one.
    """
    run = read_run(folder)
    measured = run.measured
    cached = measured[(measured["operation"] == operation) & (measured["arm"] == CACHED)]
    by_outcome = {
        outcome: cached.loc[cached["outcome"] == outcome, "response_s"].to_numpy() for outcome in (HIT, MISS)
    }
    lacking = [outcome for outcome, times_s in by_outcome.items() if not times_s.size]
    if lacking:
        raise PredictionError(
            f"the run {folder} measured no {lacking[0]} of the read {operation} in a comparison; "
            f"make one with `lab run compare --read {operation}`, and name it with --run"
        )
    return MeasuredTimes(
        run_id=run.manifest.run_id,
        times=mix(by_outcome[HIT], by_outcome[MISS]),
        database_cpu_s=_database_cpu_s(run, operation),
    )


def _database_cpu_s(run: Run, operation: str) -> float | None:
    """Return the processor time a call over the uncached legs, where the database works on little else."""
    cpu_s, calls = 0.0, 0
    for leg in run.measured_legs(operation, MEASURE):
        counters = leg.counters
        if leg.treatment != UNCACHED or counters is None or counters.postgresql is None:
            continue
        used_s, called = counters.cpu_s.get(POSTGRESQL), counters.postgresql.calls
        if used_s is not None and called:
            cpu_s, calls = cpu_s + used_s, calls + called
    return cpu_s / calls if calls else None
