"""The main job's questions that hang together: every read compared, then the first at other sizes of its cache.

The sizes are measured at the rate at which the read was compared, so that no second ramp is needed, and under
`allkeys-lru`, which the lab's own server has by default.
"""

from dataclasses import replace
from typing import Any

from lab.experiments.compare import Compare
from lab.experiments.conductor import Conductor
from lab.experiments.load_plan import LoadPlan
from lab.experiments.profile import Profile
from lab.experiments.sizing import Sizing
from lab.experiments.sizing_plan import SizingPlan

POLICY = "allkeys-lru"


class CompareAndSize:
    """Compares the reads of the profile and sweeps the first one's cache, on a running stack."""

    def __init__(self, load: LoadPlan, conductor: Conductor) -> None:
        self._load = load
        self._conductor = conductor
        self._compare = Compare(load, conductor)
        self._sizing: Sizing | None = None

    def run(self) -> None:
        self._compare.run()
        load = replace(self._load, profile=self._load.profile.in_bench())
        plan = sweep_in_bench(self._load.profile)
        self._sizing = Sizing(plan, load, self._conductor, known=self._compare.records[0])
        self._sizing.run()

    def to_json(self) -> dict[str, Any]:
        sized = {} if self._sizing is None else self._sizing.to_json()
        return {**self._compare.to_json(), **sized}


def sweep_in_bench(profile: Profile) -> SizingPlan:
    """Return the points that the main job measures; their rate is not known before."""
    return SizingPlan(sizes_ratio=profile.bench_sizing.sizes_ratio, policies=(POLICY,))


def bench_seconds(profile: Profile) -> float:
    """Return about how long both take."""
    sized_s = sweep_in_bench(profile).seconds(profile.in_bench()) - profile.ramp_s()
    return profile.seconds() + sized_s
