"""What the user asked for, in one value, whichever command it came from."""

from dataclasses import dataclass
from pathlib import Path

from lab.dataset import DatasetParameters
from lab.experiments.conductor import MakePart
from lab.experiments.profile import Profile
from lab.experiments.stopping import UntilNarrow
from lab.workforce import ONE_WORKER, Workforce
from lab.workload import Workload


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasurementRequest:
    """What the user asked for.

    Attributes:
        experiment: its name, as in `lab run NAME`.
        parts: the questions, in the order in which they are put.
        profile: sizes and lengths.
        dataset: what the database is to hold.
        workload: what traffic.
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
    workload: Workload
    rate_rps: float | None
    until: UntilNarrow | None
    seed: int
    cache_ttl_s: float | None
    cache_ttl_jitter_ratio: float | None
    reports: Path
    empty_cache: bool
    command: str
    workforce: Workforce = ONE_WORKER
