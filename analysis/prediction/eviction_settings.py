"""What a Redis server was told about eviction, and how fast it is asked: checked once, handed to the replay."""

import math
from dataclasses import dataclass
from typing import Literal, get_args

from analysis.errors import PredictionError

EvictionPolicy = Literal["noeviction", "allkeys-random", "allkeys-lru", "allkeys-lfu", "volatile-ttl"]
Sampling = Literal["buckets", "uniform"]

POLICIES: tuple[EvictionPolicy, ...] = get_args(EvictionPolicy)
SAMPLINGS: tuple[Sampling, ...] = get_args(Sampling)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvictionSettings:
    """A cache server and the rate at which it is asked.

    Defaults are those of Redis and Valkey.

    Attributes:
        policy: `maxmemory-policy`.
        capacity_keys: Entries that `maxmemory` really leaves room for (DBSIZE of a full cache).
        rate_rps: Requests a second, evenly spaced; not looked at where a replay is given arrivals.
        samples: `maxmemory-samples`: keys looked at for an eviction; not by `allkeys-random`.
        pool_keys: Keys remembered across evictions, 16 in the servers.
        sampling: How those keys are drawn. ``buckets`` is Valkey 9.1: whole buckets of its hash table;
            ``uniform`` draws each key alike, which stands for Redis, whose dictionary has other buckets.
        ttl_s: Time to live from the fill; None is for ever.
        ttl_jitter_ratio: By how much of it a TTL is longer or shorter, drawn evenly.
        active_expiry: Whether the server also looks for expired entries ten times a second, as it does.
        lfu_log_factor: `lfu-log-factor`.
        lfu_decay_min: `lfu-decay-time`, minutes; 0 never decays.
        start_s: The server's Unix time at the first request: where its seconds and minutes begin.

    Raises:
        PredictionError: a value is out of its range, or `volatile-ttl` has no TTL to go by.
    """

    policy: EvictionPolicy
    capacity_keys: int
    rate_rps: float
    samples: int = 5
    pool_keys: int = 16
    sampling: Sampling = "buckets"
    ttl_s: float | None = None
    ttl_jitter_ratio: float = 0.0
    active_expiry: bool = True
    lfu_log_factor: float = 10.0
    lfu_decay_min: int = 1
    start_s: float = 0.0

    def __post_init__(self) -> None:
        _require(self.policy in POLICIES, f"policy {self.policy!r}", f"one of {', '.join(POLICIES)}")
        _require(self.sampling in SAMPLINGS, f"sampling {self.sampling!r}", f"one of {', '.join(SAMPLINGS)}")
        _require(1 <= self.capacity_keys < 1 << 31, f"capacity of {self.capacity_keys:,} keys", "1 to 2^31 - 1")
        _require(_positive(self.rate_rps), f"rate of {self.rate_rps:g} requests a second", "a number above 0")
        _require(self.samples >= 1, f"maxmemory-samples of {self.samples}", "1 or more")
        _require(self.pool_keys >= 1, f"pool of {self.pool_keys} keys", "1 or more")
        _require(self.ttl_s is None or self.ttl_s >= 0.001, f"TTL of {self.ttl_s} s", "0.001 s or more")
        _require(0 <= self.ttl_jitter_ratio <= 1, f"TTL jitter of {self.ttl_jitter_ratio:g}", "0 to 1")
        _require(self.lfu_log_factor >= 0, f"lfu-log-factor of {self.lfu_log_factor:g}", "0 or more")
        _require(self.lfu_decay_min >= 0, f"lfu-decay-time of {self.lfu_decay_min} min", "0 or more")
        _require(0 <= self.start_s < 1e12, f"start at {self.start_s:g} s", "a Unix time in seconds")
        if self.policy == "volatile-ttl" and self.ttl_s is None:
            raise PredictionError("volatile-ttl evicts entries by their TTL alone; give a TTL")


def _positive(value: float) -> bool:
    return value > 0 and math.isfinite(value)


def _require(holds: bool, what: str, allowed: str) -> None:
    if not holds:
        raise PredictionError(f"no cache can be replayed with a {what}; give {allowed}")
