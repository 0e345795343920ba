"""What traffic a run is asked for, whether it was asked for by name, option by option, or by a trace."""

from dataclasses import dataclass
from typing import Any

from lab.stacks.embedded import TTL_S
from loadtests.arrivals import ArrivalKind
from loadtests.presets import Preset
from loadtests.traces import TraceSource

DEFAULT_POPULARITY = "zipf:0.99"
DEFAULT_ARRIVALS: ArrivalKind = "poisson"


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """The traffic.

    Attributes:
        popularity: spelling as in `loadtests.popularity`; not used where there is a trace.
        trace: the trace that is replayed instead of drawing keys; None: there is none.
        skip_bad: whether the trace's bad records are left out and counted.
        arrivals: how an open loop spaces its requests; not used where there is a speed.
        speed: how many times as fast as it was recorded the trace is replayed; None: by its order, at a rate.
        write_ratio: share of the requests that write, beside the reads; None: none, but for the records of a trace
            that write or delete.
        value_sizes: bytes of each user's info, spelt as in `loadtests.value_sizes`; None: those of the trace where
            it has some, else the default.
        ttl_s: time to live of cache entries, where the lab starts the services.
        preset: the published workload that fills what was not given; None: none was named.
    """

    popularity: str = DEFAULT_POPULARITY
    trace: TraceSource | None = None
    skip_bad: bool = False
    arrivals: ArrivalKind = DEFAULT_ARRIVALS
    speed: float | None = None
    write_ratio: float | None = None
    value_sizes: str | None = None
    ttl_s: float = TTL_S
    preset: Preset | None = None

    @property
    def keys_spelling(self) -> str:
        """How the generator's processes are told which keys to ask for."""
        return self.popularity if self.trace is None else self.trace.spelling()

    def named(self) -> dict[str, Any] | None:
        """Return what run.json tells of the published workload; None where none was named."""
        if self.preset is None:
            return None
        return {"name": self.preset.name, "source": self.preset.source, "note": self.preset.note}
