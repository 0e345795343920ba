"""Workloads by the names they were published under: what a run needs to know of each, and where it was read.

A preset holds spellings, not laws; what a source does not say is None, and nothing is filled in.
"""

from dataclasses import dataclass

from loadtests.arrivals import PARETO_SHAPE, ArrivalKind
from loadtests.errors import PresetError

DAY_S, HOUR_S = 86_400.0, 3_600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A published workload.

    Attributes:
        name: what it is asked for by.
        source: where its parameters were read.
        popularity: spelling as in `loadtests.popularity`; over how many keys is for the user to say.
        write_ratio: share of the requests that write; a read-modify-write is a read and a write.
        value_sizes: spelling as in `loadtests.value_sizes`.
        key_sizes: the same of the keys' sizes.
        arrivals: the law of the arrivals.
        rate_rps: requests a second of one server in production.
        ttls_s: the common times to live in seconds, each with its share (0 to 1); rare ones are left out.
        note: how it differs from what the source describes, in a sentence.
    """

    name: str
    source: str
    popularity: str
    write_ratio: float
    value_sizes: str
    key_sizes: str | None = None
    arrivals: ArrivalKind | None = None
    rate_rps: float | None = None
    ttls_s: tuple[tuple[float, float], ...] | None = None
    note: str | None = None

    @property
    def commonest_ttl_s(self) -> float | None:
        """The time to live that most requests set; None where the source has none."""
        return None if self.ttls_s is None else max(self.ttls_s, key=lambda each: each[1])[0]


def find_preset(name: str) -> Preset:
    """Return the workload of that name.

    Raises:
        PresetError: there is none.
    """
    for preset in PRESETS:
        if preset.name == name:
            return preset
    raise PresetError(f"unknown workload {name!r}; choose from {', '.join(preset.name for preset in PRESETS)}")


def _ycsb(letter: str, popularity: str, write_ratio: float, note: str | None = None) -> Preset:
    return Preset(
        name=f"ycsb-{letter}",
        source=f"YCSB, workloads/workload{letter}; Cooper et al., Benchmarking Cloud Serving Systems with YCSB, "
        "SoCC 2010",
        popularity=popularity,
        write_ratio=write_ratio,
        value_sizes="fixed:1000",  # ten fields of 100 bytes
        note=note,
    )


def _twitter(
    cluster: int,
    *,
    zipf_alpha: float,
    write_ratio: float,
    key_bytes: int,
    value_bytes: int,
    rate_rps: float,
    ttls_s: tuple[tuple[float, float], ...],
) -> Preset:
    return Preset(
        name=f"twitter-cluster{cluster}",
        source=f"twitter/cache-trace, stat/2020Mar.md, cluster{cluster}; Yang, Yue and Vinayak, A large scale "
        "analysis of hundreds of in-memory cache clusters at Twitter, OSDI 2020",
        popularity=f"zipf:{zipf_alpha}",
        write_ratio=write_ratio,
        value_sizes=f"fixed:{value_bytes}",
        key_sizes=f"fixed:{key_bytes}",
        rate_rps=rate_rps,
        ttls_s=ttls_s,
        note="the source has the mean sizes alone, so all values and all keys have that size",
    )


PRESETS = (
    _ycsb("a", "ycsb-scrambled:0.99", 0.5),
    _ycsb("b", "ycsb-scrambled:0.99", 0.05),
    _ycsb("c", "ycsb-scrambled:0.99", 0.0),
    _ycsb(
        "d",
        "latest:0.99:50",
        0.05,
        note="the writes insert keys, each in the place of the oldest, so the working set does not grow",
    ),
    _ycsb(
        "f",
        "ycsb-scrambled:0.99",
        1 / 3,
        note="of two operations one reads and one reads, modifies and writes: of three requests one writes",
    ),
    Preset(
        name="facebook-etc",
        source="Atikoglu et al., Workload Analysis of a Large-Scale Key-Value Store, SIGMETRICS 2012; sizes and "
        "arrivals with the parameters of mutilate (fb_key, fb_value, fb_ia)",
        popularity="uniform",
        write_ratio=1 / 31,  # 30 GETs to a SET
        value_sizes="facebook-etc",
        key_sizes="gev:30.7984:8.20449:0.078688",
        arrivals="pareto",
        rate_rps=(1 - PARETO_SHAPE) / 16.0292e-6,  # one over the mean gap of the arrivals' law, 19 µs
        note="the popularity is mutilate's, which draws keys uniformly; the paper gives no law for it",
    ),
    # Shares of operations are rounded in the source, and rare ones left out: the ratio is of those that are given.
    _twitter(
        29,
        zipf_alpha=1.2323,
        write_ratio=0.13 / (0.86 + 0.13),
        key_bytes=36,
        value_bytes=799,
        rate_rps=10_730.0,
        ttls_s=((HOUR_S, 0.67), (2 * HOUR_S, 0.33)),
    ),
    _twitter(
        37,
        zipf_alpha=0.4251,
        write_ratio=0.37,
        key_bytes=72,
        value_bytes=20_134,
        rate_rps=4_150.0,
        ttls_s=((20.0, 0.91), (300.0, 0.06), (2 * HOUR_S, 0.02), (600.0, 0.01)),
    ),
    _twitter(
        52,
        zipf_alpha=1.2117,
        write_ratio=(0.04 + 0.02) / (0.91 + 0.04 + 0.02 + 0.02),  # add and cas, beside get and gets
        key_bytes=20,
        value_bytes=273,
        rate_rps=24_250.0,
        ttls_s=((DAY_S, 0.65), (14 * DAY_S, 0.27), (12 * HOUR_S, 0.07)),
    ),
)
