"""Which points a sweep over the cache's size measures, and about how long it takes."""

import math
from dataclasses import dataclass

from lab.errors import LabError
from lab.experiments.profile import Profile
from loadtests.traces import Timing, Trace

NEVER_EVICTS = "noeviction"
POLICIES = ("allkeys-lru", "allkeys-lfu", "allkeys-random", "volatile-ttl", NEVER_EVICTS)
SIZES_RATIO = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
MOST_PASS_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SizingPlan:
    """Which points are measured.

    Attributes:
        sizes_ratio: entries as shares of the working set.
        policies: values of `maxmemory-policy`.
        rates_rps: offered rates; None among them: as fast as answers come. Empty: half of what the uncached arm
            carries.
        maxmemory_bytes: the limit at every size; None: by what an entry is found to take, at each.
    """

    sizes_ratio: tuple[float, ...] = SIZES_RATIO
    policies: tuple[str, ...] = POLICIES
    rates_rps: tuple[float | None, ...] = ()
    maxmemory_bytes: int | None = None

    def seconds(self, profile: Profile, speed: float | None = None, trace: Trace | None = None) -> float:
        """Return about how long the sweep takes, a ramp before it included where it needs one.

        Raises:
            LabError: a pass over the trace, by its own timing at that speed, takes longer than a point may.
        """
        ramp_s = 0.0 if self.rates_rps else profile.ramp_s()
        point_s = profile.sizing_legs * profile.sizing_leg_s + profile.sizing_warm_up_s / 2
        if trace is not None and speed is not None:
            point_s = _pass_s(trace, speed)
        point_s += 4 * profile.sizing_fill_window_s
        points = len(self.sizes_ratio) * len(self.policies) * max(1, len(self.rates_rps))
        return ramp_s + points * point_s


def _pass_s(trace: Trace, speed: float) -> float:
    round_s = Timing(trace).round_s
    if round_s / speed > MOST_PASS_S:
        raise LabError(
            f"the trace {trace.file} lasts {round_s / speed / 3600:,.1f} hours at a speed of {speed:g}, and a "
            f"pass may take {MOST_PASS_S / 3600:g} hour; give --speed {math.ceil(round_s / MOST_PASS_S)} or more"
        )
    return round_s / speed
